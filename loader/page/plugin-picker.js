/** The link builder's choice of plugins: the verified ones, what else is wanted by name or address. */
import { element } from './element.js';
import { SITE_URL } from './site-root.js';

/** @typedef {{ name: string, category: string, adds: string }} ListedPlugin */

/** In this order. @type {Record<string, string>} */
const CATEGORIES = {
  visualisation: 'Charts and maps',
  search: 'Search',
  rendering: 'Cells',
  output: 'Output',
  sql: 'SQL functions',
  editing: 'Editing',
  tools: 'Tools',
};

/** So many need no field to search them. */
const FEW = 8;

/**
 * @returns {{ node: HTMLElement, values(): string[], fill(values: readonly string[]): void }}
 *   values: those of `install=`; `input` events tell of changes
 */
export function pluginPicker() {
  const others = element('textarea', {
    id: 'builder-plugins',
    rows: '2',
    spellcheck: 'false',
    placeholder: 'datasette-example==1.0',
    'aria-describedby': 'builder-plugins-help',
  });
  const filter = element('input', { type: 'search', id: 'builder-plugin-filter', autocomplete: 'off', placeholder: 'Find a plugin' });
  const filterField = element('div', { class: 'field', hidden: true }, element('label', { for: filter.id, class: 'visually-hidden' }, 'Find a plugin'), filter);
  const list = element('div', { class: 'plugin-list' }, element('p', { class: 'hint' }, 'Loading the list…'));
  const chosen = element('span', { class: 'plugin-count' });
  const details = element('details', { class: 'plugins' }, element('summary', {}, 'Plugins', chosen), filterField, list, othersField(others));
  /** @type {{ box: HTMLInputElement, row: HTMLElement, text: string }[]} */
  let boxes = [];
  /** Wanted before the list is there. @type {string[]} */
  let waiting = [];

  const count = () => {
    const number = values().length;
    chosen.textContent = number ? ` (${number})` : '';
  };
  const values = () => [
    ...boxes.filter(({ box }) => box.checked).map(({ box }) => box.value),
    ...waiting,
    ...others.value.split('\n').map((line) => line.trim()).filter(Boolean),
  ];
  /** Those of the list are ticked, the others written. @param {readonly string[]} wanted */
  const place = (wanted) => {
    for (const { box } of boxes) box.checked = wanted.includes(box.value);
    others.value = wanted.filter((value) => !boxes.some(({ box }) => box.value === value)).join('\n');
  };
  filter.addEventListener('input', (event) => {
    event.stopPropagation();
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const { row, text } of boxes) row.hidden = !words.every((word) => text.includes(word));
    for (const group of list.querySelectorAll('fieldset')) group.hidden = !group.querySelector('label:not([hidden])');
  });
  details.addEventListener('input', count);

  void loadPlugins().then((plugins) => {
    boxes = plugins.map(pluginRow);
    const groups = Object.entries(CATEGORIES).map(([category, title]) => {
      const rows = boxes.filter((_, position) => plugins[position]?.category === category).map(({ row }) => row);
      return rows.length > 0 && element('fieldset', {}, element('legend', {}, title), ...rows);
    });
    list.replaceChildren(...groups.filter((group) => group !== false));
    if (!boxes.length) list.replaceChildren(element('p', { class: 'hint' }, 'The list of verified plugins could not be loaded.'));
    filterField.hidden = boxes.length <= FEW;
    const wanted = values();
    waiting = [];
    place(wanted);
    count();
  });

  return {
    node: details,
    values,
    fill(wanted) {
      if (boxes.length) place(wanted);
      else waiting = [...wanted];
      details.open = wanted.length > 0;
      count();
    },
  };
}

/** @param {ListedPlugin} plugin */
function pluginRow({ name, adds }) {
  const box = element('input', { type: 'checkbox', value: name });
  const row = element('label', { class: 'plugin' }, box, element('span', {}, element('strong', {}, name), ` ${adds}`));
  return { box, row, text: `${name} ${adds}`.toLowerCase() };
}

/** @param {HTMLTextAreaElement} others */
function othersField(others) {
  return element(
    'div',
    { class: 'field' },
    element('label', { for: others.id }, 'Other plugins'),
    others,
    element(
      'p',
      { id: 'builder-plugins-help', class: 'hint' },
      'One in each line: a name, with a version if you like, or the address of a wheel. Whoever opens the link is asked whether to allow them.',
    ),
  );
}

/** Made by the build, from plugins-allowlist.json. @returns {Promise<ListedPlugin[]>} */
async function loadPlugins() {
  try {
    const answer = await fetch(`${SITE_URL}vendor/plugins/picker.json`);
    return answer.ok ? await answer.json() : [];
  } catch {
    return [];
  }
}
