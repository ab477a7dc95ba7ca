/** The boot screen's list of stages: what is done, what is going on, and every download's bytes. */
import { progressText } from './byte-text.js';
import { element } from './element.js';

/** @typedef {import('../shared/protocol.js').Stage} Stage */
/** @typedef {import('../shared/protocol.js').ProgressItem} ProgressItem */
/** @typedef {'waiting' | 'active' | 'done'} StageState */

/** In the order in which they end; the first two run side by side. @type {readonly Stage[]} */
const STAGES = ['runtime', 'data', 'python', 'app'];

/** Said to screen readers beside each stage's name. @type {Record<StageState, string>} */
const SPOKEN = { waiting: 'not begun', active: 'in progress', done: 'done' };

/** A screen reader hears a new stage at once, but how far it is only now and then. */
const SPEAK_AGAIN_MS = 10_000;

/**
 * @param {string} appName  what the last stage opens
 */
export function bootStages(appName) {
  /** @type {Record<Stage, string>} */
  const names = {
    runtime: 'Downloading Python',
    data: 'Downloading data',
    python: 'Starting Python',
    app: `Opening ${appName}`,
  };
  const rows = STAGES.map((stage) => ({ stage, ...stageRow(names[stage]) }));
  const list = element('ol', { class: 'stages' }, ...rows.map(({ row }) => row));
  const spoken = element('p', { class: 'visually-hidden', role: 'status' });
  let spokenAtMs = -SPEAK_AGAIN_MS;
  let spokenStage = '';

  /** @param {Stage} stage @param {ProgressItem[]} items */
  const speak = (stage, items) => {
    const now = performance.now();
    if (stage === spokenStage && now - spokenAtMs < SPEAK_AGAIN_MS) return;
    spoken.textContent = [names[stage], percentText(items)].filter(Boolean).join(', ');
    spokenStage = stage;
    spokenAtMs = now;
  };

  return {
    /** To be placed on the page. */
    nodes: [list, spoken],

    /** The latest of one stage. @param {Stage} stage @param {ProgressItem[]} items */
    update(stage, items) {
      const position = STAGES.indexOf(stage);
      for (const [index, row] of rows.entries()) {
        // Python starts when it is downloaded, the application when all is there: earlier stages are over.
        if (index < position && !(stage === 'data' && row.stage === 'runtime')) row.setState('done');
        if (index !== position) continue;
        const isWhole = items.length > 0 && items.every(isDone);
        row.setItems(items);
        row.setState(isWhole ? 'done' : 'active');
        if (!isWhole) speak(stage, items);
      }
    },

    /** Everything is up. */
    finish() {
      for (const row of rows) row.setState('done');
      spoken.textContent = 'Ready';
    },
  };
}

/** @param {ProgressItem} item */
function isDone({ done, total }) {
  return total !== null && done >= total;
}

/** @param {string} name */
function stageRow(name) {
  const state = element('span', { class: 'visually-hidden' });
  const items = element('ul', { class: 'items' });
  const row = element(
    'li',
    { class: 'stage' },
    element('span', { class: 'stage-mark', 'aria-hidden': 'true' }),
    element('div', { class: 'stage-name' }, name, state),
    items,
  );
  /** @type {Map<string, ReturnType<typeof itemRow>>} */
  const known = new Map();

  /** @param {StageState} next */
  const setState = (next) => {
    if (row.dataset.stageState === next) return;
    row.dataset.stageState = next;
    state.textContent = `: ${SPOKEN[next]}`;
  };
  setState('waiting');

  return {
    row,
    setState,
    /** @param {ProgressItem[]} latest */
    setItems(latest) {
      for (const [position, item] of latest.entries()) {
        const key = `${position} ${item.name}`;
        const shown = known.get(key) ?? itemRow(name, item.name);
        if (!known.has(key)) items.append(shown.row);
        known.set(key, shown);
        shown.update(item);
      }
    },
  };
}

/** @param {string} stage @param {string} name */
function itemRow(stage, name) {
  const bar = element('progress', { 'aria-label': `${stage}: ${name}`, max: '1' });
  const numbers = element('span', { class: 'item-numbers' });
  const row = element('li', { class: 'item' }, element('span', { class: 'item-name' }, name), numbers, bar);
  return {
    row,
    /** @param {ProgressItem} item */
    update(item) {
      row.classList.toggle('item-done', isDone(item));
      if (item.total) bar.value = Math.min(1, item.done / item.total);
      else bar.removeAttribute('value');
      numbers.textContent = itemText(item);
    },
  };
}

/** '31.4 of 100 MB, 299,000 rows' @param {ProgressItem} item */
function itemText({ done, total, rows }) {
  const bytes = progressText(done, total);
  return rows === undefined ? bytes : `${bytes}, ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`;
}

/** @param {ProgressItem[]} items */
function percentText(items) {
  let done = 0;
  let total = 0;
  for (const item of items) {
    if (item.total === null) return '';
    done += item.done;
    total += item.total;
  }
  return total > 0 ? `${Math.round((100 * done) / total)} percent` : '';
}
