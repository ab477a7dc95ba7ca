/**
 * lite.json as the pairs that a query string would hold.
 *
 *   {"url": ["a.db", "b.db"], "memory": true}
 *   {"sources": [{"csv": "people.csv", "table": "people", "fts": ["name", "notes"]}, {"url": "a.db"}]}
 *
 * `plugins`, what the site's owner says of plugins, is no part of a plan: `scripts/building/plugin_policy.py`.
 *
 * @typedef {import('./checked-plan.js').Pair} Pair
 */

import { OptionError } from './faults.js';
import { optionNamed } from './options.js';
import { shortened } from './source-address.js';
import { COLUMN_SETTINGS, columnList, settingNamed } from './source-settings.js';

/** @type {import('./options.js').Place} */
export const IN_CONFIG = {
  tried: (name, value) => `Could not use "${shortened(name)}": "${shortened(value)}" in lite.json`,
  advice: 'Whoever runs this site can correct lite.json.',
};

const SOURCES_EXAMPLE = '{"sources": [{"csv": "people.csv", "table": "people"}]}';

/**
 * @param {unknown} json
 * @returns {Pair[]}
 * Raises OptionError: bad-option, bad-plan.
 */
export function configPairs(json) {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new OptionError('bad-plan', {
      tried: 'Could not use lite.json',
      happened: 'it does not hold a JSON object',
      advice: `It looks like {"url": ["data.db"]}. ${IN_CONFIG.advice}`,
    });
  }
  const options = Object.entries(json).filter(([name]) => name !== 'plugins');
  return options.flatMap(([name, values]) =>
    name === 'sources' ? [values].flat().flatMap(sourcePairs) : [values].flat().map((value) => optionPair(name, value)),
  );
}

/** @param {string} name @param {unknown} value @returns {Pair} */
function optionPair(name, value) {
  if (!settingNamed(name)) return { name, value: configValue(name, value), afterAddress: false };
  throw new OptionError('bad-option', {
    tried: IN_CONFIG.tried(name, String(JSON.stringify(value))),
    happened: 'it says something about a source, and not about which',
    advice: `Write it beside its source: ${SOURCES_EXAMPLE}. ${IN_CONFIG.advice}`,
  });
}

/** The source of an entry of `sources`, then its settings. @param {unknown} entry @returns {Pair[]} */
function sourcePairs(entry) {
  const pairs = typeof entry === 'object' && entry !== null ? Object.entries(entry) : [];
  const [source, second] = pairs.filter(([name]) => optionNamed(name)?.kind === 'source');
  if (!source || second) {
    throw new OptionError('bad-option', {
      tried: IN_CONFIG.tried('sources', String(JSON.stringify(entry))),
      happened: second ? `it is both ${source?.[0]} and ${second[0]}` : 'it is no source',
      advice: `It looks like ${SOURCES_EXAMPLE}. ${IN_CONFIG.advice}`,
    });
  }
  const settings = pairs.filter((pair) => pair !== source);
  return [source, ...settings].map(([name, value]) => ({ name, value: configValue(name, value), afterAddress: false }));
}

/** @param {string} name @param {unknown} value */
function configValue(name, value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  const isColumns = COLUMN_SETTINGS.includes(name) && Array.isArray(value);
  if (isColumns && value.every((column) => typeof column === 'string')) return columnList(value);
  throw new OptionError('bad-option', {
    tried: IN_CONFIG.tried(name, String(JSON.stringify(value))),
    happened: 'a value must be a string or a list of strings',
    advice: IN_CONFIG.advice,
  });
}
