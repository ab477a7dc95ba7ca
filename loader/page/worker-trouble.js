/**
 * Why there is no service worker here. Browsers say little ("The operation is insecure"), so the
 * causes are told apart by looking, before anything large is downloaded.
 */
import { BrowserError } from '../shared/faults.js';
import { firstBrokenFile, workerScriptFault } from './release-check.js';

/** @typedef {import('../shared/faults.js').EngineError} EngineError */

/**
 * What can be known at once.
 * @returns {BrowserError | null}
 */
export function whyUnsupported() {
  if (!window.isSecureContext) return insecure();
  if (!('withResolvers' in Promise)) return outdated();
  if (hasContainer()) return null;
  const detail = `navigator.serviceWorker is not there.\n${navigator.userAgent}`;
  if (isFramed()) return framed(detail);
  return isFirefox() ? privateFirefox(detail) : new BrowserError('no-service-worker', { detail });
}

/** Browsers of before 2024 know less of JavaScript than the worker and Pyodide use. */
function outdated() {
  return new BrowserError('no-service-worker', {
    happened: 'this browser is too old',
    advice: 'Update the browser, or use a current Chrome, Edge, Firefox or Safari.',
    detail: navigator.userAgent,
  });
}

/**
 * Why the browser refused to register the worker.
 * @param {unknown} cause  what it threw: a SecurityError where it does not permit workers or does
 *   not like the script, a TypeError where the script does not load or does not run
 * @returns {Promise<BrowserError | EngineError>}
 */
export async function whyRefused(cause) {
  const scriptFault = await workerScriptFault(cause);
  if (scriptFault) return scriptFault;
  const storage = await storageTrouble();
  const detail = [cause, storage, navigator.userAgent].filter(Boolean).join('\n');
  if (isFramed()) return framed(detail, cause);
  if (storage) return new BrowserError('storage-unavailable', { detail, cause });
  if (cause instanceof DOMException) return new BrowserError('worker-blocked', { detail, cause });
  const fileFault = await firstBrokenFile(cause);
  if (fileFault) return fileFault;
  return new BrowserError('no-service-worker', {
    happened: 'the service worker’s program is all there, but the browser could not run it',
    advice: 'Update the browser, or use a current Chrome, Edge, Firefox or Safari.',
    detail,
    cause,
  });
}

/**
 * Why the worker, once registered, was given up: while it is installed it keeps the site's small
 * files, so one of them was not as it should be, or there was no room for them.
 * @returns {Promise<BrowserError | EngineError>}
 */
export async function whyNotInstalled() {
  const cause = new Error('The service worker ended while it was being installed.');
  const fileFault = (await workerScriptFault(cause)) ?? (await firstBrokenFile(cause));
  return fileFault ?? new BrowserError('storage-unavailable', { detail: `${cause}\n${await storageTrouble()}`, cause });
}

/** Whether this page sits inside one of another origin, where browsers may withhold workers and storage. */
export function isFramed() {
  try {
    return window.top?.origin !== window.origin;
  } catch {
    return true;
  }
}

/** Reading the property throws in a sandboxed frame. */
function hasContainer() {
  try {
    return Boolean(navigator.serviceWorker);
  } catch {
    return false;
  }
}

function isFirefox() {
  return / Firefox\/\d/.test(navigator.userAgent);
}

/** @returns {Promise<string>} what the browser says about storage, '' when it works */
async function storageTrouble() {
  try {
    void window.localStorage.length;
    await caches.has('datasette-lite');
    return '';
  } catch (error) {
    return String(error);
  }
}

function insecure() {
  return new BrowserError('insecure-page', {
    ...(location.protocol !== 'file:' && {
      happened: `this page came from ${location.host} over plain http, where browsers offer no service workers`,
      advice:
        'Open the site’s https:// address or, on the computer that serves it, its http://localhost address.',
    }),
    detail: `${location.origin} is not a secure context.`,
  });
}

/** @param {string} detail */
function privateFirefox(detail) {
  return new BrowserError('private-mode', {
    happened: 'this Firefox offers no service workers here; before version 138 its private windows had none',
    advice:
      'Open this address in a normal window or update Firefox. If this is a normal window, service workers are ' +
      'switched off: see dom.serviceWorkers.enabled in about:config.',
    detail,
  });
}

/** @param {string} detail @param {unknown} [cause] */
function framed(detail, cause) {
  return new BrowserError('worker-blocked', {
    happened: 'it is shown inside a page of another site, where the browser permits no service worker',
    advice: 'Open it in a tab of its own: the same data and the same page appear there.',
    detail,
    cause,
  });
}
