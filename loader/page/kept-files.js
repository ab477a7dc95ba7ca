/**
 * Files from this device, kept in the browser's storage until they are forgotten. The worker reads
 * them there; nothing is sent anywhere.
 *
 * Cache Storage, because a browser moves a file's bytes there without holding them in memory.
 */
import { wellFormed } from '../shared/escapes.js';
import { BrowserError, DataError } from '../shared/faults.js';
import { fitsIn } from '../shared/file-heads.js';
import { byteText } from './byte-text.js';
import { SITE_URL } from './site-root.js';
import { storageName } from './storage-names.js';

/** @typedef {{ name: string, sha256: string, size: number, addedMs: number }} KeptFile */

const CACHE = storageName('files');

/**
 * @param {File} file
 * @throws {DataError} too-large
 */
export async function requireFittingSize(file) {
  const { name, size } = file;
  if (await fitsIn(file, size)) return;
  throw new DataError('too-large', {
    tried: `Could not open ${name}`,
    happened: `its ${byteText(size)} are more than a browser can hold in memory at once`,
    advice: 'Open a smaller extract of it, or make it a SQLite database or a Parquet file: those may be of any size.',
  });
}

/**
 * Keep a file under the hash of its content. One that is here already stays as it is.
 * @param {File} file
 * @param {string} sha256
 * @returns {Promise<boolean>} whether it is new here
 * @throws {BrowserError} storage-unavailable
 */
export async function keepFile(file, sha256) {
  const headers = {
    'content-type': 'application/octet-stream',
    'x-name': encodeURIComponent(wellFormed(file.name)),
    'x-size': String(file.size),
    'x-added': String(Date.now()),
  };
  try {
    const cache = await caches.open(CACHE);
    if (await cache.match(keyOf(sha256))) return false;
    await cache.put(keyOf(sha256), new Response(file, { headers }));
    return true;
  } catch (cause) {
    throw new BrowserError('storage-unavailable', {
      tried: `Could not keep ${file.name} in this browser`,
      happened:
        cause instanceof DOMException && cause.name === 'QuotaExceededError'
          ? `there is no room for its ${byteText(file.size)}`
          : 'the browser refused to store it',
      advice: 'Forget data that you no longer need, free some space, or allow this site to store data.',
      cause,
    });
  }
}

/** @param {string} sha256 @returns {Promise<boolean>} */
export async function isKept(sha256) {
  const cache = await caches.open(CACHE);
  return (await cache.match(keyOf(sha256))) !== undefined;
}

/** @returns {Promise<KeptFile[]>} */
export async function keptFiles() {
  const cache = await caches.open(CACHE);
  const answers = await Promise.all((await cache.keys()).map(async (key) => ({ key, answer: await cache.match(key) })));
  return answers.flatMap(({ key, answer }) => (answer ? [describeKept(key.url, answer.headers)] : []));
}

/** @param {string} sha256 */
export async function forgetFile(sha256) {
  const cache = await caches.open(CACHE);
  await cache.delete(keyOf(sha256));
}

/** An address that nothing is ever asked for at. @param {string} sha256 */
function keyOf(sha256) {
  return `${SITE_URL}-/files/${sha256}`;
}

/** @param {string} url @param {Headers} headers @returns {KeptFile} */
function describeKept(url, headers) {
  return {
    name: decodeURIComponent(headers.get('x-name') ?? ''),
    sha256: url.slice(url.lastIndexOf('/') + 1),
    size: Number(headers.get('x-size')),
    addedMs: Number(headers.get('x-added')),
  };
}
