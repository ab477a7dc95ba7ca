/** A button that lets the visitor choose files. */
import { button, element } from './element.js';

/**
 * @param {string} label
 * @param {(files: File[]) => void} onFiles
 * @param {string} [style] class names
 * @returns {HTMLElement[]} to be placed on the page
 */
export function filePicker(label, onFiles, style = 'button') {
  const input = element('input', { type: 'file', multiple: true, hidden: true });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // The same file again is a change too.
    input.value = '';
    if (files.length) onFiles(files);
  });
  return [button(label, () => input.click(), style), input];
}
