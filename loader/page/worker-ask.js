/** Asking the service worker one thing, over a port of its own. */

/** @typedef {import('../shared/protocol.js').Ask} Ask */
/** @typedef {import('../shared/protocol.js').Reply} Reply */
/** @typedef {import('../shared/protocol.js').Progress} Progress */
/** @typedef {Exclude<Reply, Progress>} LastReply */

/** The worker said nothing for as long as the page was willing to wait. */
export class Silence extends Error {
  name = 'Silence';
}

/**
 * Send one ask; resolve with the reply that ends it.
 * @param {ServiceWorker} worker  is started by the browser when it does not run
 * @param {Ask} message
 * @param {{ silenceMs: number, onProgress?: (progress: Progress) => void }} how
 * @returns {Promise<LastReply>}
 * @throws {Silence} after silenceMs without any word: a worker that was killed forgets its ports
 */
export function ask(worker, message, { silenceMs, onProgress = () => {} }) {
  return new Promise((resolve, reject) => {
    const { port1: port, port2: theirs } = new MessageChannel();
    const end = (/** @type {() => void} */ settle) => {
      clearTimeout(silence);
      port.close();
      settle();
    };
    const giveUp = () => end(() => reject(new Silence(`The service worker did not answer '${message.type}'.`)));
    let silence = setTimeout(giveUp, silenceMs);
    port.onmessage = (event) => {
      const reply = /** @type {Reply} */ (event.data);
      if (reply.type !== 'progress') return end(() => resolve(reply));
      clearTimeout(silence);
      silence = setTimeout(giveUp, silenceMs);
      onProgress(reply);
    };
    worker.postMessage(message, [theirs]);
  });
}

/** A worker that was killed in the middle answers the second ask; one that stays silent hangs. */
const TIMES = 3;

/**
 * Send an ask that does no harm when it is carried out twice.
 * @param {ServiceWorker} worker
 * @param {Ask} message
 * @param {{ silenceMs: number }} how  for each time
 * @returns {Promise<LastReply>}
 * @throws {Silence} after TIMES times silenceMs
 */
export async function askRepeatedly(worker, message, how) {
  for (let left = TIMES - 1; ; left -= 1) {
    try {
      return await ask(worker, message, how);
    } catch (error) {
      if (left === 0 || !(error instanceof Silence)) throw error;
    }
  }
}
