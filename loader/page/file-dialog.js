/** The one dialog about files that were dropped or chosen: how far it is, and what went wrong. */
import { toFault } from '../shared/faults.js';
import { progressText } from './byte-text.js';
import { button, element } from './element.js';

/** What is over before this long needs no dialog. */
const PATIENCE_MS = 300;

/** @typedef {ReturnType<typeof fileDialog>} FileDialog */

/** Appears once there is something to see. Closing it is cancelling what it shows. */
export function fileDialog() {
  const cancelling = new AbortController();
  const heading = element('h2', { id: 'file-dialog-heading' });
  const text = element('p');
  const bar = element('progress', { 'aria-labelledby': 'file-dialog-heading', max: '1' });
  const actions = element('div', { class: 'actions' });
  const dialog = element('dialog', { class: 'file-dialog', 'aria-labelledby': 'file-dialog-heading' }, heading, text, bar, actions);
  const close = () => dialog.close();
  const open = () => {
    if (dialog.isConnected && !dialog.open) dialog.showModal();
  };
  const appearing = setTimeout(open, PATIENCE_MS);
  dialog.addEventListener('close', () => {
    clearTimeout(appearing);
    removeEventListener('pagehide', close);
    cancelling.abort();
    dialog.remove();
  });
  // A page that is kept for the way back should not come back with it.
  addEventListener('pagehide', close);
  actions.append(button('Cancel', close));
  document.body.append(dialog);

  return {
    /** Aborted when the visitor wants no more of it. */
    signal: cancelling.signal,

    /** @param {string} doing @param {number} [done]  bytes @param {number} [total] */
    progress(doing, done = 0, total = 0) {
      heading.textContent = doing;
      text.textContent = total ? progressText(done, total) : '';
      if (total) bar.value = done / total;
      else bar.removeAttribute('value');
    },

    /** @param {string} title @param {string} message @param {...HTMLElement} ways  what can be done, beside closing */
    tell(title, message, ...ways) {
      heading.textContent = title;
      text.textContent = message;
      bar.remove();
      actions.replaceChildren(...ways, button('Close', close));
      open();
    },

    /** @param {unknown} error */
    fail(error) {
      if (!cancelling.signal.aborted) this.tell('This did not work', toFault(error).message);
    },

    close,
  };
}
