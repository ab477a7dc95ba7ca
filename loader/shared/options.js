/**
 * The options of a plan, and what their values may be.
 *
 *   app      which application runs
 *   source   something to load; what may follow it is in source-settings.js
 *   address  something else to download
 *   plugin   a Python package to install, or a wheel's address
 *   version  of Datasette itself
 *   setting  `name:value`, for Datasette
 *   flag     on or off
 * @typedef {'app' | 'source' | 'address' | 'plugin' | 'version' | 'setting' | 'flag' | 'ignored'} OptionKind
 * @typedef {{ name: string, kind: OptionKind, repeatable: boolean, help: string }} Option
 *
 * Where an option was written, for the words of an error.
 * @typedef {{ tried: (name: string, value: string) => string, advice: string }} Place
 */

import { deviceFile, deviceFileValue } from './device-file.js';
import { OptionError } from './faults.js';
import { pluginRequest, pluginValue } from './plugin-request.js';
import { checkedAddress, shortened } from './source-address.js';
import { SETTINGS, settingsOf } from './source-settings.js';

/** @typedef {import('./source-settings.js').SourceSetting} SourceSetting */

/** Known options. Their order here is their order in a plan; sources keep the order given. @type {readonly Option[]} */
export const OPTIONS = Object.freeze([
  {
    name: 'app',
    kind: 'app',
    repeatable: false,
    help: 'Which of the applications of this site to run. The default is datasette.',
  },
  {
    name: 'url',
    kind: 'source',
    repeatable: true,
    help: 'A SQLite database to open: an http:, https: or data: address, or a path relative to the site.',
  },
  { name: 'csv', kind: 'source', repeatable: true, help: 'A CSV file, which becomes a table.' },
  { name: 'tsv', kind: 'source', repeatable: true, help: 'A file of tab-separated values, which becomes a table.' },
  { name: 'json', kind: 'source', repeatable: true, help: 'JSON, newline-delimited JSON or GeoJSON, which becomes a table.' },
  { name: 'parquet', kind: 'source', repeatable: true, help: 'A Parquet file, which becomes a table.' },
  { name: 'sql', kind: 'source', repeatable: true, help: 'A SQL script, which runs before the tables are filled.' },
  { name: 'xlsx', kind: 'source', repeatable: true, help: 'An Excel workbook, each sheet of which becomes a table.' },
  { name: 'data', kind: 'source', repeatable: true, help: 'Any of these: its content decides.' },
  {
    name: 'file',
    kind: 'source',
    repeatable: true,
    help: 'A file of this device that the browser keeps: its name, @ and its SHA-256. The start page writes it.',
  },
  { name: 'metadata', kind: 'address', repeatable: false, help: 'Metadata for Datasette, as JSON or YAML.' },
  { name: 'config', kind: 'address', repeatable: false, help: 'Configuration for Datasette, as JSON or YAML.' },
  { name: 'templates', kind: 'address', repeatable: false, help: 'Templates and static files for the pages, as a zip archive.' },
  { name: 'install', kind: 'plugin', repeatable: true, help: 'A plugin to install: its name, or the address of its wheel.' },
  {
    name: 'ref',
    kind: 'version',
    repeatable: false,
    help: 'Another release of Datasette: its version, or pre for the newest, alphas and betas included.',
  },
  { name: 'setting', kind: 'setting', repeatable: true, help: 'A setting of Datasette, as name:value.' },
  { name: 'memory', kind: 'flag', repeatable: false, help: 'memory=1 adds an empty in-memory database.' },
  {
    name: 'analytics',
    kind: 'ignored',
    repeatable: false,
    help: 'Accepted for old links. Datasette Lite counts no visits.',
  },
]);

// What newsletters, searches and social sites add to every link that passes through them.
const TRACKING =
  /^(utm_\w+|_ga|_gl|_hsenc|_hsmi|dclid|fbclid|gbraid|gclid|igshid|mc_cid|mc_eid|mkt_tok|msclkid|ref_src|srsltid|ttclid|twclid|wbraid|yclid)$/;

const ON = /^(1|on|true|yes)$/i;
const OFF = /^(0|off|false|no|)$/i;

/** The option of that name. @param {string} name @returns {Option | undefined} */
export function optionNamed(name) {
  if (TRACKING.test(name)) return optionNamed('analytics');
  return OPTIONS.find((option) => option.name === name);
}

/** Whether the option's values are addresses, which links hold as they were pasted. @param {Option} option */
export function takesAddress({ name, kind }) {
  return (kind === 'source' && name !== 'file') || kind === 'address' || kind === 'plugin';
}

/**
 * A value in its canonical form, or null when it says nothing.
 * @param {Option} option
 * @param {string} value
 * @param {Place} place
 * @param {readonly string[]} [apps]  of this site; without it any well-formed name will do
 * @returns {string | null}
 * Raises OptionError: bad-option.
 */
export function checkedValue(option, value, place, apps) {
  const refuse = refusal(option.name, value, place);
  if (option.kind === 'plugin') return checkedPlugin(value, refuse);
  if (takesAddress(option)) return checkedAddress(value, refuse);
  switch (option.kind) {
    case 'source':
      return checkedFile(value, refuse);
    case 'version':
      return checkedVersion(value, refuse);
    case 'setting':
      return checkedDatasetteSetting(value, refuse);
    case 'flag':
      if (ON.test(value)) return '1';
      if (OFF.test(value)) return null;
      throw refuse('it can only be on or off', `Write ${option.name}=1 or leave it out.`);
    case 'app':
      if (apps ? apps.includes(value) : /^[a-z][a-z\d_-]*$/.test(value)) return value;
      throw refuse(
        'this site has no application of that name',
        apps ? `It has: ${apps.join(', ')}.` : 'Names are lower-case words.',
      );
    default:
      return null;
  }
}

/**
 * What a source's setting says, in its canonical form, or null when it says nothing.
 * @param {SourceSetting} setting
 * @param {string} value
 * @param {string | undefined} option  that brought the source in front of it; undefined when there is none
 * @param {Place} place
 * @param {boolean} afterAddress  that source's address was written without encoding
 * @returns {string | null}
 * Raises OptionError: bad-option.
 */
export function checkedSetting(setting, value, option, place, afterAddress) {
  const refuse = refusal(setting.name, value, place);
  if (option === undefined) {
    const example = `${setting.sources[0]}=https://…&${setting.name}=…`;
    throw refuse('it says something about a source, and no source is in front of it', `Write it after its source: ${example}.`);
  }
  if (!setting.sources.includes(option)) {
    const names = settingsOf(option).join('=, ');
    throw refuse(
      `it says nothing about ${option}=, the source in front of it`,
      `What can follow ${option}= is ${names}=.${splitHint(afterAddress)}`,
    );
  }
  const canonical = setting.canonical(value);
  if (canonical === null) throw refuse('it has a value that cannot be used', setting.wants);
  return canonical || null;
}

/**
 * What to say about an option that is none of ours.
 * @param {string} name
 * @param {string} value
 * @param {Place} place
 * @param {boolean} afterAddress  it follows a source whose address was written without encoding
 */
export function unknownOption(name, value, place, afterAddress) {
  const supported = OPTIONS.filter((option) => option.kind !== 'ignored').map((option) => option.name);
  /** @param {string} happened @param {string} hint */
  const refuse = (happened, hint) =>
    new OptionError('unknown-option', {
      tried: place.tried(name, value),
      happened,
      advice: `${hint} ${place.advice}`,
      source: name,
    });
  if (/^(https?:|data:)/i.test(name)) return refuse('there is no option in front of the address', 'Write ?data= before it.');
  const near = nearest(name, [...supported, ...SETTINGS.map((setting) => setting.name)]);
  const hint = near ? `Did you mean ${near}=?` : `The options are ${supported.join(', ')}.`;
  return refuse(`there is no option “${shortened(name)}”`, hint + splitHint(afterAddress));
}

/** @param {string} name @param {string} value @param {Place} place @returns {(happened: string, advice: string) => OptionError} */
function refusal(name, value, place) {
  return (happened, advice) =>
    new OptionError('bad-option', {
      tried: place.tried(name, value),
      happened,
      advice: `${advice} ${place.advice}`,
      source: value,
    });
}

/** An address's own `&` parts it from what follows, which then looks like options. @param {boolean} afterAddress */
function splitHint(afterAddress) {
  return afterAddress ? ' If it belongs to the address before it, write the & as %26 there.' : '';
}

/** @param {string} value @param {(happened: string, advice: string) => OptionError} refuse */
function checkedFile(value, refuse) {
  const file = deviceFile(value);
  if (!file) {
    throw refuse(
      'it does not say which file it is',
      'It looks like people.csv@ and 64 hexadecimal digits. Choose the file on the start page, which writes them.',
    );
  }
  return deviceFileValue(file);
}

/** @param {string} value @param {(happened: string, advice: string) => OptionError} refuse */
function checkedPlugin(value, refuse) {
  const request = pluginRequest(value);
  if (!request) {
    throw refuse(
      'it is neither the name of a package nor the address of a wheel',
      'It looks like install=datasette-vega, install=datasette-vega==0.6.2 or install=https://…/name-1.0-py3-none-any.whl.',
    );
  }
  if (request.kind === 'wheel') checkedAddress(request.address, refuse);
  return pluginValue(request);
}

/** A release as PEP 440 writes it, without epochs and local versions. @param {string} value @param {(happened: string, advice: string) => OptionError} refuse */
function checkedVersion(value, refuse) {
  const version = value.trim().toLowerCase().replace(/^v(?=\d)/, '');
  if (version === '' || version === 'pre') return version || null;
  if (/^\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?$/.test(version)) return version;
  throw refuse('it is no version of Datasette', 'It looks like ref=1.0a40; ref=pre is the newest one.');
}

/** Which settings there are, and which a link may change, is known to Python. @param {string} value @param {(happened: string, advice: string) => OptionError} refuse */
function checkedDatasetteSetting(value, refuse) {
  const [, name, setTo] = /^\s*([a-z]\w*)\s*:([^]*)$/i.exec(value) ?? [];
  if (name === undefined || setTo === undefined) {
    throw refuse('it does not say which setting has which value', 'It looks like setting=default_page_size:50.');
  }
  return `${name.toLowerCase()}:${setTo.trim()}`;
}

/** The word that was probably meant, if any. @param {string} word @param {string[]} known */
function nearest(word, known) {
  const [best] = known
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance);
  // Two letters of three changed is another word.
  return best && best.distance <= (best.name.length > 3 ? 2 : 1) ? best.name : null;
}

/**
 * How many letters to insert, remove, change or swap with their neighbour to come from one word to
 * the other (optimal string alignment).
 * @param {string} from  cut to twenty letters: only near misses matter
 * @param {string} to
 */
function editDistance(from, to) {
  const letters = Array.from(from.slice(0, 20));
  let before = /** @type {number[]} */ ([]);
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of letters.entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
      const swapped = letter === to[j - 1] && letters[i - 1] === to[j];
      const swap = swapped ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
