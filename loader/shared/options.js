/**
 * The options of a plan, and what their values may be.
 *
 * @typedef {'app' | 'source' | 'flag' | 'ignored'} OptionKind
 * @typedef {{ name: string, kind: OptionKind, repeatable: boolean, help: string }} Option
 *
 * Where an option was written, for the words of an error.
 * @typedef {{ tried: (name: string, value: string) => string, advice: string }} Place
 */

import { OptionError } from './faults.js';

/** Known options. Their order here is their order in a plan. @type {readonly Option[]} */
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
  { name: 'memory', kind: 'flag', repeatable: false, help: 'memory=1 adds an empty in-memory database.' },
  {
    name: 'analytics',
    kind: 'ignored',
    repeatable: false,
    help: 'Accepted for old links. Datasette Lite counts no visits.',
  },
]);

/** Options that Datasette Lite had before 1.0 and that are not here yet. */
const NOT_YET = ['csv', 'json', 'parquet', 'sql', 'metadata', 'install', 'ref'];

// What mail and social sites add to every link that passes through them.
const TRACKING = /^(utm_\w+|fbclid|gclid|msclkid)$/;

const ON = /^(1|on|true|yes)$/i;
const OFF = /^(0|off|false|no|)$/i;

/** The option of that name. @param {string} name @returns {Option | undefined} */
export function optionNamed(name) {
  if (TRACKING.test(name)) return optionNamed('analytics');
  return OPTIONS.find((option) => option.name === name);
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
  /** @param {string} happened @param {string} advice */
  const refuse = (happened, advice) =>
    new OptionError('bad-option', {
      tried: place.tried(option.name, value),
      happened,
      advice: `${advice} ${place.advice}`,
      source: value,
    });
  switch (option.kind) {
    case 'source':
      return checkedAddress(value, refuse);
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
  if (NOT_YET.includes(name)) {
    return refuse(
      'earlier versions of Datasette Lite had this option, this one does not support it yet',
      `It supports ${supported.join(', ')}.`,
    );
  }
  if (/^(https?:|data:)/i.test(name)) return refuse('there is no option in front of the address', 'Write ?url= before it.');
  const near = nearest(name, supported);
  const hint = near ? `Did you mean ${near}=?` : `The options are ${supported.join(', ')}.`;
  const split = afterAddress ? ' If it belongs to the address before it, write the & as %26 there.' : '';
  return refuse(`there is no option “${shortened(name)}”`, hint + split);
}

/** Long values (data: links) cut for a message. @param {string} text */
export function shortened(text) {
  const characters = Array.from(text.slice(0, 200));
  return characters.length > 80 ? `${characters.slice(0, 77).join('')}…` : characters.join('');
}

// A dotted name before a slash, port or query is a host, unless it is the whole path and ends as data files do.
const HOST = /^(?<host>(?:[\p{L}\d-]+\.)+\p{L}{2,}|localhost|\d+(?:\.\d+){3}|\[[\da-f:.]+\])(?<rest>$|:\d+(?=$|[/?#])|[/?#])/iu;
const DATA_FILE = /\.(db|db3|s3db|sl3|sqlite\d?|sqlitedb|gpkg|mbtiles|csv|tsv|json|parquet|sql|gz|zip)$/i;
const LOCAL_HOST = /^(localhost|127\.|\[)/i;

/**
 * An address as it was written, once it is clear that it can be fetched.
 * @param {string} value
 * @param {(happened: string, advice: string) => OptionError} refuse
 */
function checkedAddress(value, refuse) {
  const address = value.trim();
  if (!address) throw refuse('it is empty', 'Write an address after it or leave it out.');
  if (/^https?%3A/i.test(address)) throw refuse('the address is percent-encoded twice', 'Encode it once.');
  const host = hostInFront(address);
  if (host) {
    throw refuse(
      'it has no https:// in front, and so would be a file of this site',
      `Write ${shortened(host)} or, for a file of this site, ./${shortened(address.replace(/^[/\\]+/, ''))}.`,
    );
  }
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return address;
  if (scheme === 'http' || scheme === 'https') checkHttp(address, refuse);
  else if (scheme === 'data') checkData(address, refuse);
  else if (scheme === 'file' || scheme.length === 1) {
    throw refuse('a web page cannot read a file of your computer by its path', 'Put the file on a web server.');
  } else throw refuse(`a browser cannot download from ${scheme}: addresses`, 'Use an http:, https: or data: address.');
  return address;
}

/** The address with a scheme, when one was plainly forgotten. @param {string} address @returns {string | null} */
function hostInFront(address) {
  if (/^[/\\]{2}/.test(address)) return `https://${address.replace(/^[/\\]+/, '')}`;
  const { host, rest } = HOST.exec(address)?.groups ?? {};
  if (host === undefined) return null;
  const isFile = DATA_FILE.test(host) && !rest?.startsWith('/') && !rest?.startsWith(':');
  return isFile ? null : `${LOCAL_HOST.test(host) ? 'http' : 'https'}://${address}`;
}

/** @param {string} address @param {(happened: string, advice: string) => OptionError} refuse */
function checkHttp(address, refuse) {
  if (!/^https?:\/\/[^/\\?#]/i.test(address)) {
    throw refuse('no host follows the two slashes after https:', 'An address looks like https://example.com/data.db.');
  }
  let url;
  try {
    url = new URL(address);
  } catch {
    throw refuse('it is not a valid address', 'Check its host name and port.');
  }
  if (url.username || url.password) {
    throw refuse('browsers do not fetch addresses that hold a user name or password', 'Take it out of the address.');
  }
}

/** @param {string} address @param {(happened: string, advice: string) => OptionError} refuse */
function checkData(address, refuse) {
  if (!address.includes(',')) {
    throw refuse('a data: address has a comma before its data', 'It looks like data:application/octet-stream;base64,….');
  }
}

/** The word that was probably meant, if any. @param {string} word @param {string[]} known */
function nearest(word, known) {
  const [best] = known
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 2 ? best.name : null;
}

/**
 * How many letters to insert, remove or change to come from one word to the other.
 * @param {string} from  cut to twenty letters: only near misses matter
 * @param {string} to
 */
function editDistance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(from.slice(0, 20)).entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
