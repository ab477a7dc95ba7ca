/**
 * Python's WebAssembly from where browsers keep what they compiled of it.
 *
 * Compiled code is kept beside an answer in the browser's HTTP cache, in Chromium and Firefox alike
 * (https://v8.dev/blog/wasm-code-caching), and not beside one that comes from Cache Storage or that a
 * script made. So the file is fetched once more, as it is, when nobody waits. Later starts read that
 * copy, and spare two seconds of compiling.
 */
import { release } from '../../vendor/release.js';
import { SITE_URL } from './site.js';

/** @typedef {{ connection?: { saveData?: boolean } }} NavigatorWithConnection https://wicg.github.io/savedata/ */

/**
 * The browser's own copy; null where it has none, as at a first visit.
 * @returns {Promise<Response | null>}
 */
export function cachedWasm() {
  return fetchWasm({ cache: 'only-if-cached' }).catch(() => null);
}

/**
 * Have the browser keep a copy for later starts, unless it has one or the visitor wants to save data.
 * @returns {Promise<boolean>} whether it has one now; not where the host forbids it, or where storage is short
 */
export async function cacheWasm() {
  if (await cachedWasm()) return true;
  if (/** @type {NavigatorWithConnection} */ (navigator).connection?.saveData) return false;
  const answer = await fetchWasm({ priority: 'low' }).catch(() => null);
  // A browser keeps what was read to its end.
  await answer?.arrayBuffer();
  return answer !== null && (await cachedWasm()) !== null;
}

/**
 * @param {RequestInit} how
 * @returns {Promise<Response>} of this release: the browser compares the hash
 * @throws {TypeError} when there is none
 */
async function fetchWasm(how) {
  const { path, sha256 } = release.plainWasm;
  const answer = await fetch(SITE_URL + path, { ...how, mode: 'same-origin', integrity: `sha256-${base64(sha256)}` });
  if (!answer.ok) throw new TypeError(`the host answered ${answer.status}`);
  return answer;
}

/** @param {string} hex */
function base64(hex) {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((byte) => parseInt(byte, 16))));
}
