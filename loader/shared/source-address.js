/**
 * Addresses that a visitor wrote: which can be fetched, and what to say about the others.
 *
 * @typedef {(happened: string, advice: string) => Error} Refuse
 */

// A dotted name before a slash, port or query is a host, unless it is the whole path and ends as data files do.
const HOST = /^(?<host>(?:[\p{L}\d-]+\.)+\p{L}{2,}|localhost|\d+(?:\.\d+){3}|\[[\da-f:.]+\])(?<rest>$|:\d+(?=$|[/?#])|[/?#])/iu;
const DATA_FILE =
  /\.(db|db3|s3db|sl3|sqlite\d?|sqlitedb|gpkg|mbtiles|csv|tsv|tab|psv|txt|json|jsonl|ndjson|geojson|parquet|parq|sql|xlsx|ya?ml|gz|zip)$/i;
const LOCAL_HOST = /^(localhost|127\.|\[)/i;

/**
 * An address as it was written, once it is clear that it can be fetched.
 * @param {string} value
 * @param {Refuse} refuse
 * @returns {string}
 * Raises what refuse gives.
 */
export function checkedAddress(value, refuse) {
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
    throw refuse(
      'a web page cannot read a file of your computer by its path',
      'Open the file on the start page of this site, or put it on a web server.',
    );
  } else throw refuse(`a browser cannot download from ${scheme}: addresses`, 'Use an http:, https: or data: address.');
  return address;
}

/** Long values (data: links) cut for a message. @param {string} text */
export function shortened(text) {
  const characters = Array.from(text.slice(0, 200));
  return characters.length > 80 ? `${characters.slice(0, 77).join('')}…` : characters.join('');
}

/** The address with a scheme, when one was plainly forgotten. @param {string} address @returns {string | null} */
function hostInFront(address) {
  if (/^[/\\]{2}/.test(address)) return `https://${address.replace(/^[/\\]+/, '')}`;
  const { host, rest } = HOST.exec(address)?.groups ?? {};
  if (host === undefined) return null;
  const isFile = DATA_FILE.test(host) && !rest?.startsWith('/') && !rest?.startsWith(':');
  return isFile ? null : `${LOCAL_HOST.test(host) ? 'http' : 'https'}://${address}`;
}

/** @param {string} address @param {Refuse} refuse */
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

/** @param {string} address @param {Refuse} refuse */
function checkData(address, refuse) {
  if (!address.includes(',')) {
    throw refuse('a data: address has a comma before its data', 'It looks like data:application/octet-stream;base64,….');
  }
}
