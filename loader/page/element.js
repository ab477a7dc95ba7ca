/** Building DOM: attributes and text only, so no string from outside can ever become markup. */

/** @typedef {string | Node | null | undefined | false} Child */

/**
 * One element. An attribute that is `false`, `null` or `undefined` is left out, `true` is set empty.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [attribute: string]: string | boolean | null | undefined }} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * A button that does something here and now.
 * @param {string} text
 * @param {(event: MouseEvent) => void} onClick
 * @param {string} [style] class names
 */
export function button(text, onClick, style = 'button') {
  const made = element('button', { type: 'button', class: style }, text);
  made.addEventListener('click', onClick);
  return made;
}

/**
 * @param {string} href
 * @param {string} text
 * @param {string | null} [style] class names
 */
export function link(href, text, style = null) {
  return element('a', { href, class: style }, text);
}
