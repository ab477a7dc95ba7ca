/**
 * Staying at work for a moment after an answer.
 *
 * A new release takes over as soon as the worker at work has nothing to do. What a page does with an
 * answer it does at once: it follows a redirect, or asks for the page whose engine is ready. Chromium
 * never answers a navigation that begins in the very instant in which it ends a worker, so that such
 * an instant must not be the one after an answer.
 */

/** Long enough for a page on a slow device to ask again, in milliseconds. */
const MOMENT_MS = 2000;

/**
 * @param {ExtendableEvent} event one that is being answered
 * @param {Promise<unknown>} answer
 */
export function lingerAfter(event, answer) {
  event.waitUntil(answer.catch(() => {}).then(() => new Promise((resolve) => setTimeout(resolve, MOMENT_MS))));
}
