/** Building a link from its parts. The link is there at once, and changes with every word. */
import { OPTIONS, planOf, planQuery, planSources } from '../shared/plan.js';
import { optionFor } from '../shared/recognise.js';
import { SETTINGS } from '../shared/source-settings.js';
import { button, element } from './element.js';
import { pluginPicker } from './plugin-picker.js';
import { KIND_NAMES } from './recognised-text.js';
import { SITE_URL } from './site-root.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/plan.js').PlanSource} PlanSource */
/** @typedef {import('../shared/plan.js').PlanOption} PlanOption */

/** A file of this device is no thing to write a link to by hand; a plan to be changed may hold one. */
const KINDS = OPTIONS.filter(({ kind, name }) => kind === 'source' && name !== 'file').map(({ name }) => name);

const TEXTS = OPTIONS.filter(({ kind }) => kind === 'address' || kind === 'version');

/** Labels where the option's own name says too little. @type {Record<string, string>} */
const LABELS = {
  name: 'Name of the database',
  fetch: 'How to read a large one',
  table: 'Name of the table',
  pk: 'Primary key',
  fts: 'Columns to search',
  drop: 'Columns to leave out',
  header: 'Line with the headings',
  empty: 'Empty cells',
  metadata: 'Address of metadata',
  config: 'Address of a configuration',
  templates: 'Address of templates',
  ref: 'Release of Datasette',
};

/** Their labels say it all. */
const NO_HINT = ['name', 'table'];

const COPIED_MS = 2_000;

let count = 0;

export function linkBuilder() {
  const sources = element('div', { class: 'sources' });
  const memory = element('input', { type: 'checkbox', id: 'builder-memory' });
  const settings = element('textarea', {
    id: 'builder-settings',
    rows: '2',
    spellcheck: 'false',
    placeholder: 'default_page_size:50',
    'aria-describedby': 'builder-settings-help',
  });
  const texts = TEXTS.map(({ name, kind, help }) => ({ name, ...textField(labelOf(name), help, kind === 'address' ? 'https://' : '') }));
  const plugins = pluginPicker();
  const result = resultPart();
  /** @type {ReturnType<typeof sourcePart>[]} */
  let parts = [];

  const update = () => {
    const others = [
      ...texts.map(({ name, input }) => ({ key: name, value: input.value.trim() })),
      ...plugins.values().map((value) => ({ key: 'install', value })),
      ...settings.value.split('\n').map((line) => ({ key: 'setting', value: line.trim() })),
      { key: 'memory', value: memory.checked ? '1' : '' },
    ].filter(({ value }) => value);
    result.show(parts.map((part) => part.source()).filter(({ value }) => value), others);
  };
  const addSource = (/** @type {PlanSource | undefined} */ source) => {
    const part = sourcePart(source, () => remove(part));
    parts.push(part);
    sources.append(part.node);
    numberParts(parts);
    return part;
  };
  /** @param {ReturnType<typeof sourcePart>} part */
  const remove = (part) => {
    parts = parts.filter((other) => other !== part);
    part.node.remove();
    numberParts(parts);
    parts.at(-1)?.address.focus();
    update();
  };
  addSource(undefined);

  const form = element(
    'form',
    { class: 'builder-form' },
    element('p', {}, 'A link opens the same data for everybody, with everything set. Send it, or put it on a page.'),
    sources,
    button('Add a source', () => addSource(undefined).address.focus(), 'button add-source'),
    element(
      'fieldset',
      {},
      element('legend', {}, 'Beside the sources'),
      element(
        'div',
        { class: 'check' },
        memory,
        element('label', { for: 'builder-memory' }, 'An empty database, to be filled with SQL'),
      ),
      ...texts.map(({ node }) => node),
      element(
        'div',
        { class: 'field' },
        element('label', { for: 'builder-settings' }, 'Settings of Datasette'),
        settings,
        element('p', { id: 'builder-settings-help', class: 'hint' }, 'One in each line, as name:value.'),
      ),
      plugins.node,
    ),
    result.node,
  );
  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  update();

  return {
    form,
    /** @param {Plan} plan */
    fill(plan) {
      sources.replaceChildren();
      parts = [];
      for (const source of planSources(plan)) addSource(source);
      if (!parts.length) addSource(undefined);
      for (const { name, input } of texts) input.value = valuesOf(plan, name).join('');
      settings.value = valuesOf(plan, 'setting').join('\n');
      memory.checked = valuesOf(plan, 'memory').length > 0;
      plugins.fill(plan.options.filter(({ key }) => key === 'install').map(({ value }) => value));
      update();
      // What was found out about a file is to be looked at, wherever it is among others.
      const told = parts.filter((part) => Object.keys(part.source().settings).length > 0);
      for (const part of told) part.showSettings();
      (told[0] ?? parts[0])?.showSettings();
    },
  };
}

/** @param {Plan} plan @param {string} name  of an option */
function valuesOf({ options }, name) {
  return options.filter(({ key }) => key === name).map(({ value }) => value);
}

/**
 * One source: its kind, its address, and what to say about it.
 * @param {PlanSource | undefined} given
 * @param {() => void} onRemove
 */
function sourcePart(given, onRemove) {
  const id = nextId();
  const kind = element(
    'select',
    { id: `${id}-kind` },
    ...(given?.option === 'file' ? [...KINDS, 'file'] : KINDS).map((name) => element('option', { value: name }, KIND_NAMES[name] ?? name)),
  );
  const address = element('input', { id: `${id}-address`, ...ADDRESS_INPUT });
  const legend = element('legend');
  const removing = button('Remove this source', onRemove, 'button button-quiet');
  const fields = element('div', { class: 'setting-fields' });
  const details = element('details', {}, element('summary', {}, 'How to read it'), fields);
  const settings = SETTINGS.map((setting) => ({ setting, ...textField(labelOf(setting.name), NO_HINT.includes(setting.name) ? '' : setting.help) }));
  let isChosen = false;

  const showFields = () => {
    for (const { setting, node } of settings) node.hidden = !setting.sources.includes(kind.value);
    details.hidden = settings.every(({ node }) => node.hidden);
  };
  kind.addEventListener('input', () => {
    isChosen = true;
    showFields();
  });
  // Until somebody chose, the kind follows the address.
  address.addEventListener('input', () => {
    if (!isChosen) kind.value = optionFor(address.value.trim());
    showFields();
  });
  kind.value = given?.option ?? 'data';
  address.value = given?.value ?? '';
  for (const { setting, input } of settings) input.value = given?.settings[setting.name] ?? '';
  fields.append(...settings.map(({ node }) => node));
  showFields();

  return {
    address,
    node: element(
      'fieldset',
      { class: 'source' },
      legend,
      element(
        'div',
        { class: 'source-row' },
        element('div', { class: 'field field-address' }, element('label', { for: address.id }, 'Address'), address),
        element('div', { class: 'field' }, element('label', { for: kind.id }, 'What it is'), kind),
      ),
      details,
      removing,
    ),

    /** @param {number} position @param {number} total */
    number(position, total) {
      legend.textContent = total > 1 ? `Source ${position + 1}` : 'Source';
      removing.hidden = total === 1;
    },

    showSettings() {
      details.open = true;
      (settings.find(({ node }) => !node.hidden)?.input ?? address).focus();
    },

    /** @returns {PlanSource} value '' where nothing is written yet */
    source() {
      const given = settings.filter(({ node, input }) => !node.hidden && input.value.trim());
      return {
        option: kind.value,
        value: address.value.trim(),
        settings: Object.fromEntries(given.map(({ setting, input }) => [setting.name, input.value])),
      };
    },
  };
}

/** @param {ReturnType<typeof sourcePart>[]} parts */
function numberParts(parts) {
  for (const [position, part] of parts.entries()) part.number(position, parts.length);
}

/** The link, and what can be done with it. */
function resultPart() {
  const output = element('output', { id: 'builder-link', class: 'built-link' });
  const says = element('span', { class: 'link-says', role: 'status' });
  const opening = element('a', { class: 'button' }, 'Open');
  const copying = button('Copy link', () => void copy(), 'button button-main');
  const actions = element('div', { class: 'actions' }, copying, opening, says);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(output.textContent ?? '');
      says.textContent = 'Copied.';
      setTimeout(() => (says.textContent = ''), COPIED_MS);
    } catch {
      getSelection()?.selectAllChildren(output);
      says.textContent = 'Your browser does not let pages copy: the link is selected, copy it with the keyboard.';
    }
  };

  return {
    node: element('div', { class: 'result' }, element('label', { for: 'builder-link' }, 'Your link'), output, actions),

    /** @param {PlanSource[]} sources @param {PlanOption[]} others */
    show(sources, others) {
      let link = '';
      let problem = 'The link appears here as soon as there is an address.';
      try {
        link = planQuery(planOf(sources, others));
        if (link) problem = '';
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      output.classList.toggle('link-wrong', Boolean(problem) && (sources.length > 0 || others.length > 0));
      output.textContent = problem || SITE_URL + link;
      actions.hidden = Boolean(problem);
      if (link) opening.href = SITE_URL + link;
      says.textContent = '';
    },
  };
}

const ADDRESS_INPUT = {
  type: 'text',
  inputmode: 'url',
  autocomplete: 'off',
  autocapitalize: 'none',
  spellcheck: 'false',
  placeholder: 'https://',
};

/** @param {string} label @param {string} help @param {string} [placeholder] */
function textField(label, help, placeholder) {
  const id = nextId();
  const described = help ? `${id}-help` : null;
  const input = element('input', { ...ADDRESS_INPUT, id, inputmode: null, placeholder, 'aria-describedby': described });
  const node = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, label),
    input,
    help && element('p', { id: described, class: 'hint' }, help),
  );
  return { node, input };
}

/** @param {string} name */
function labelOf(name) {
  return LABELS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

function nextId() {
  count += 1;
  return `builder-${count}`;
}
