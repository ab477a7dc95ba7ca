/**
 * When a new release replaces the one at work.
 *
 * A worker that takes over ends the engines of the one before, and with them edits that are only
 * in memory. So a new release that has been fetched whole asks the old one whether anything was
 * edited; if so it waits until the last tab is closed or a visitor says 'use it now'.
 */
/** How long the old worker may take to answer before we rather wait, in milliseconds. */
const ANSWER_MS = 5000;

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

/** In the new worker, at the end of its installation. */
export async function takeOverUnlessEdited() {
  const { active } = worker.registration;
  if (!active) return;
  const { port1, port2 } = new MessageChannel();
  const allowed = new Promise((resolve) => {
    port1.onmessage = (event) => resolve(event.data.type === 'nothing-edited');
    setTimeout(resolve, ANSWER_MS, false);
  });
  active.postMessage({ type: 'edit-state' }, [port2]);
  if (await allowed) await worker.skipWaiting();
}
