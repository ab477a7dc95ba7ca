/**
 * Python's WebAssembly from where browsers keep what they compiled of it.
 *
 * Compiled code is kept beside an answer in the browser's HTTP cache, in Chromium and Firefox alike
 * (https://v8.dev/blog/wasm-code-caching), and not beside one that comes from Cache Storage or that a
 * script made. So the file is fetched once more, as it is, when nobody waits. Later starts read that
 * copy, and spare two seconds of compiling.
 */
import { release } from '../../vendor/release.js';
import { confirmed, confirm, unconfirm } from './release-files.js';
import { SITE_URL } from './site.js';

/** @typedef {{ connection?: { saveData?: boolean } }} NavigatorWithConnection https://wicg.github.io/savedata/ */

const { path, sha256 } = release.plainWasm;

/**
 * The browser's copy; null where it has none that was checked, as at a first visit.
 * @returns {Promise<Response | null>}
 */
export async function cachedWasm() {
  return (await confirmed(path)) ? fetchWasm({ cache: 'only-if-cached' }) : null;
}

/**
 * Have the browser keep a copy for later starts, unless it has one or the visitor wants to save data.
 * @returns {Promise<boolean>} whether it has one now; not where its host forbids it, or storage is short
 */
export async function cacheWasm() {
  if (await cachedWasm()) return true;
  if (/** @type {NavigatorWithConnection} */ (navigator).connection?.saveData) return false;
  // Compared with the hash now, as that takes a start too long.
  const integrity = `sha256-${base64(sha256)}`;
  // A browser keeps what was read to its end.
  await (await fetchWasm({ priority: 'low', integrity }))?.arrayBuffer();
  const isThere = (await fetchWasm({ cache: 'only-if-cached', integrity })) !== null;
  if (isThere) await confirm(path);
  return isThere;
}

/** Where Python did not start from it. */
export async function distrustCachedWasm() {
  await unconfirm(path);
}

/**
 * @param {RequestInit} how
 * @returns {Promise<Response | null>} null where there is none
 */
async function fetchWasm(how) {
  const answer = await fetch(SITE_URL + path, { ...how, mode: 'same-origin' }).catch(() => null);
  return answer?.ok ? answer : null;
}

/** @param {string} hex */
function base64(hex) {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((byte) => parseInt(byte, 16))));
}
