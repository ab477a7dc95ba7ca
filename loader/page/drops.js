/** Files, and links from other windows, that are dropped anywhere on the shell. */
import { element } from './element.js';

/** @typedef {{ says: string, takeFiles: (files: File[]) => void, takeLink?: ((link: string) => void) | undefined }} Taker */

/** @type {Taker | null} */
let taker = null;

/** Who gets what is dropped from now on. @param {Taker | null} next  null: drops are the browser's own again */
export function takeDrops(next) {
  taker = next;
}

/** Watch this window. The target covers all of it, so that leaving the target is leaving the window. */
export function watchDrops() {
  const text = element('p');
  const target = element('div', { class: 'drop-target', hidden: true, 'aria-hidden': 'true' }, text);
  let isOwn = false;
  const hide = () => (target.hidden = true);

  addEventListener('dragstart', () => (isOwn = true));
  addEventListener('dragend', () => (isOwn = false));
  addEventListener('dragenter', (event) => {
    if (isOwn || !taker || !isWanted(event, taker) || document.querySelector('dialog[open]')) return;
    text.textContent = taker.says;
    // A face that was shown meanwhile took it off the page.
    if (!target.isConnected) document.body.append(target);
    target.hidden = false;
  });
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  });
  target.addEventListener('dragleave', hide);
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    hide();
    const files = [...(event.dataTransfer?.files ?? [])];
    const link = event.dataTransfer?.getData('text/uri-list').split(/\r?\n/).find((line) => line && !line.startsWith('#'));
    if (files.length) taker?.takeFiles(files);
    else if (link) taker?.takeLink?.(link);
  });
}

/** @param {DragEvent} event @param {Taker} by */
function isWanted({ dataTransfer }, by) {
  const types = dataTransfer?.types ?? [];
  return types.includes('Files') || Boolean(by.takeLink && types.includes('text/uri-list'));
}
