/** Registering the site's service worker, and noticing when a newer release of it waits. */
import { whyNotInstalled, whyRefused, whyUnsupported } from './worker-trouble.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { BrowserError } from '../shared/faults.js';
import { ask } from './worker-ask.js';

/** Fetches and starts the worker's program, a megabyte of JavaScript: slow on a slow line, instant the next time. */
const REGISTER_MS = 30_000;

/** Until the worker is active it fetches its own small files, the same ones that this page has just loaded. */
const ACTIVATE_MS = 60_000;

/** A worker that the browser ends while it is being installed is gone for good; another may fare better. */
const MOST_ATTEMPTS = 3;

/** A worker told to take over needs only to activate. */
const TAKE_OVER_MS = 10_000;

/** The worker at work says at once whether anything was edited. */
const EDIT_STATE_MS = 5_000;

/**
 * The registration of this site's worker, with an active worker in it. The worker need not control
 * this page: the page asks it all the same, and what it loads next is controlled.
 * @returns {Promise<ServiceWorkerRegistration>}
 * @throws {BrowserError} insecure-page, private-mode, no-service-worker, worker-blocked,
 *   worker-script-not-javascript, storage-unavailable, worker-silent
 * @throws {EngineError} runtime-missing, runtime-corrupt
 */
export async function registerWorker() {
  const unsupported = whyUnsupported();
  if (unsupported) throw unsupported;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const registration = await register();
    await within(ACTIVATE_MS, installation(registration), 'It was registered, but did not become active.');
    if (registration.active) return registration;
  }
  throw await whyNotInstalled();
}

/**
 * Call back once a newer release than the one at work waits for its turn.
 * @param {(takeOver: () => void) => void} callback  given what lets the new release take over, and
 *   reloads this page when it has
 */
export async function onUpdateReady(callback) {
  if (whyUnsupported()) return;
  const registration = await navigator.serviceWorker.getRegistration(SITE_URL).catch(() => undefined);
  if (!registration) return;
  const offer = (/** @type {ServiceWorker} */ waiting) => callback(() => void takeOver(waiting));
  if (registration.waiting && registration.active) return offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const installing = registration.installing;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && registration.active) offer(installing);
    });
  });
}

async function register() {
  try {
    return await within(
      REGISTER_MS,
      navigator.serviceWorker.register(`${SITE_URL}sw.js`, {
        scope: SITE_PATH,
        updateViaCache: 'none',
      }),
      'Its registration did not finish.',
    );
  } catch (error) {
    throw error instanceof BrowserError ? error : await whyRefused(error);
  }
}

/** Resolves when it has come to an end, good or bad. @param {ServiceWorkerRegistration} registration */
async function installation(registration) {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (worker) await settledState(worker);
}

/** @param {ServiceWorker} worker @returns {Promise<ServiceWorkerState>} `activated` or `redundant` */
function settledState(worker) {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve(worker.state);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** @param {ServiceWorker} waiting */
async function takeOver(waiting) {
  if (await editsWouldEnd()) return;
  const settled = settledState(waiting);
  waiting.postMessage({ type: 'take-over' });
  await within(TAKE_OVER_MS, settled, '').catch(() => {});
  location.reload();
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @param {string} detail  what did not happen
 * @returns {Promise<T>}
 * @throws {BrowserError} worker-silent
 */
async function within(ms, promise, detail) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new BrowserError('worker-silent', {
          happened: `after ${ms / 1000} seconds its service worker was still not set up`,
          advice: 'The connection may be very slow: try again. If that does not help, restart the browser.',
          detail,
        }),
      );
    }, ms);
  });
  try {
    return /** @type {T} */ (await Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** A release waits because something was edited, which ends with the old one: the visitor decides. */
async function editsWouldEnd() {
  const { active } = await navigator.serviceWorker.ready;
  if (!active) return false;
  const state = await ask(active, { type: 'edit-state' }, { silenceMs: EDIT_STATE_MS }).catch(() => null);
  if (state?.type !== 'edited') return false;
  return !confirm('Data that you changed in another tab will lose these changes. Use the new version all the same?');
}
