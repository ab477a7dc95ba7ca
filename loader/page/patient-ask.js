/**
 * Asking for an engine until there is news of it. Browsers may end a worker in the middle of a
 * boot; the port then stays silent for ever, while a new ask starts the worker again.
 */
import { BrowserError } from '../shared/faults.js';
import { ask, Silence } from './worker-ask.js';

/** @typedef {import('./worker-ask.js').LastReply} LastReply */
/** @typedef {import('./worker-ask.js').Progress} Progress */
/** @typedef {'open' | 'restart' | 'refetch'} Wish */

/**
 * A boot has seconds in which the worker cannot speak, while it compiles and while Python starts;
 * after this long it is asked again, which does no harm: 'open' joins the boot that runs.
 */
const ROUND_MS = 5_000;

/** A worker that runs answers 'hello' at once, unless it is busy in WebAssembly. */
const HELLO_MS = 5_000;

/** Not a word, not even a welcome, for this long: the worker is gone or hangs. */
const SILENT_MS = 90_000;

/** It answers, but nothing moves: longer than the worker's own deadlines for every step of a boot. */
const NO_NEWS_MS = 240_000;

/**
 * Ask for the engine of this page's address.
 * @param {ServiceWorkerRegistration} registration
 * @param {Wish} wish
 * @param {(progress: Progress) => void} onProgress  called for news only, not for repetitions
 * @returns {Promise<LastReply>}
 * @throws {BrowserError} worker-silent
 */
export async function askPatiently(registration, wish, onProgress) {
  const url = location.href;
  /** @type {Map<string, string>} */
  const known = new Map();
  // Sums of the waits, not the clock's time, which runs on while a laptop sleeps.
  let silentMs = 0;
  let noNewsMs = 0;
  const onNews = (/** @type {Progress} */ progress) => {
    silentMs = 0;
    const news = JSON.stringify(progress.items);
    if (known.get(progress.stage) === news) return;
    known.set(progress.stage, news);
    noNewsMs = 0;
    onProgress(progress);
  };
  // Only the first ask may be 'restart': repeated, it would end the very boot that it began.
  for (let type = wish; silentMs < SILENT_MS && noNewsMs < NO_NEWS_MS; type = 'open') {
    try {
      return await ask(activeWorker(registration), type === 'open' ? { type, url, referrer: document.referrer } : { type, url }, { silenceMs: ROUND_MS, onProgress: onNews });
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
      const welcome = await sayHello(registration);
      silentMs = welcome ? 0 : silentMs + ROUND_MS + HELLO_MS;
      noNewsMs += ROUND_MS;
    }
  }
  throw silent(`Nothing heard of '${wish}': silent for ${silentMs / 1000} s, without news for ${noNewsMs / 1000} s.`);
}

/**
 * Wake the worker and hear which protocol and release it speaks for.
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<Extract<LastReply, { type: 'welcome' }> | null>} null when it does not answer for now
 */
export async function sayHello(registration) {
  try {
    const reply = await ask(activeWorker(registration), { type: 'hello' }, { silenceMs: HELLO_MS });
    return reply.type === 'welcome' ? reply : null;
  } catch (error) {
    if (error instanceof Silence) return null;
    throw error;
  }
}

/** @param {ServiceWorkerRegistration} registration  whose worker may be replaced by a newer one at any time */
function activeWorker(registration) {
  if (registration.active) return registration.active;
  throw silent('The registration has no active worker any more.');
}

/** @param {string} detail */
function silent(detail) {
  return new BrowserError('worker-silent', { detail });
}
