/** Wheels of plugins: fetched once, checked against their hashes, kept in Cache Storage by them. */
import { DownloadError } from '../shared/faults.js';
import { sha256 } from './release-files.js';
import { download, redirectedTo } from './sources.js';
import { SITE_URL, storageName } from './site.js';

/**
 * @typedef {{ name: string, version: string, filename: string, url: string, redirected?: string, sha256: string, wantedBy: string[] }} Wheel
 *   name: of its project, as indexes compare it; url: absolute; wantedBy: values of `install=`
 */
/** @typedef {(done: number, total: number | null) => void} OnBytes */

const CACHE = storageName('wheels');

/**
 * The bytes of a wheel: kept ones, or from its host.
 * @param {Pick<Wheel, 'filename' | 'url' | 'sha256' | 'wantedBy'>} wheel
 * @param {OnBytes} onBytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {DownloadError} plugin-altered, download-unreachable, download-blocked, download-status, download-interrupted, download-timeout
 */
export async function wheelBytes({ filename, url, sha256: wanted, wantedBy }, onBytes) {
  const kept = await keptWheel(wanted);
  if (kept) {
    onBytes(kept.length, kept.length);
    return kept;
  }
  return (await fetchWheel({ filename, url, plugin: wantedBy[0], wanted }, onBytes)).bytes;
}

/**
 * Fetch a wheel and keep it.
 * @param {{ filename: string, url: string, plugin: string | undefined, wanted?: string }} what
 *   plugin: what of `install=` it is for; wanted: the hash that it must have, where that is known
 * @param {OnBytes} onBytes
 * @returns {Promise<{ bytes: Uint8Array<ArrayBuffer>, hash: string, redirected?: string }>} hash: its SHA-256 in hex;
 *   redirected: the other host's address that it came from
 * @throws {DownloadError} as `wheelBytes`
 */
export async function fetchWheel({ filename, url, plugin, wanted }, onBytes) {
  const blob = await download(url, filename, onBytes).catch((error) => {
    if (!(error instanceof DownloadError)) throw error;
    const { message, detail, cause } = error;
    throw new DownloadError(/** @type {never} */ (error.code), { message, detail, cause, plugin });
  });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const hash = await sha256(bytes);
  if (wanted !== undefined && hash !== wanted) throw altered(filename, url, plugin, { wanted, hash });
  await keepWheel(hash, bytes);
  return { bytes, hash, redirected: redirectedTo(blob) };
}

/** @param {string} hash */
export async function forgetWheel(hash) {
  await (await caches.open(CACHE)).delete(keyOf(hash));
}

/** @param {string} hash @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
async function keptWheel(hash) {
  const kept = await caches.open(CACHE).then((cache) => cache.match(keyOf(hash))).catch(() => undefined);
  if (!kept) return null;
  const bytes = new Uint8Array(await kept.arrayBuffer());
  // Code that ran once could have changed what is kept of another.
  return (await sha256(bytes)) === hash ? bytes : null;
}

/** @param {string} hash @param {Uint8Array<ArrayBuffer>} bytes */
async function keepWheel(hash, bytes) {
  try {
    await (await caches.open(CACHE)).put(keyOf(hash), new Response(bytes));
  } catch (error) {
    // Storage full or refused: the next start fetches it again.
    console.warn(`This browser did not keep a plugin: ${error}`);
  }
}

/** @param {string} hash */
function keyOf(hash) {
  return `${SITE_URL}-/wheels/${hash}`;
}

/** @param {string} filename @param {string} url @param {string | undefined} plugin @param {{ wanted: string, hash: string }} hashes */
function altered(filename, url, plugin, { wanted, hash }) {
  return new DownloadError('plugin-altered', {
    tried: `Could not use ${filename}`,
    happened: `what ${new URL(url).host} sent is not the file that was named, by its hash`,
    detail: `${url}\nexpected sha256 ${wanted}\ngot sha256 ${hash}`,
    plugin,
  });
}
