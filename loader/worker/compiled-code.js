/**
 * Python's WebAssembly from where Chromium keeps what it compiled of it.
 *
 * It keeps compiled code beside an answer in its HTTP cache (https://v8.dev/blog/wasm-code-caching), and
 * not beside one that comes from Cache Storage or that a script made. So the file is fetched once more,
 * as it is, when nobody waits. Later starts read that copy, and spare two seconds of compiling.
 */
import { release } from '../../vendor/release.js';
import { note, noteOn } from './release-files.js';
import { SITE_URL } from './site.js';

/** @typedef {{ connection?: { saveData?: boolean } }} NavigatorWithConnection https://wicg.github.io/savedata/ */
/** @typedef {{ isGood: boolean, atMs: number }} CopyNote isGood: it was checked, and Python started from it since; atMs: when it was fetched */

const { path, sha256 } = release.plainWasm;

/** A host or browser that keeps no copy is not to send ten megabytes for every start. */
const AGAIN_MS = 24 * 60 * 60 * 1000;

/** The copy that a start uses and that has not proved itself yet. @type {CopyNote | null} */
let onTrial = null;

/**
 * The browser's copy; null where there is none that can be trusted, as at a first visit. It is trusted
 * again once `wasmWorks`: of one that cannot be compiled Pyodide never tells
 * (https://github.com/pyodide/pyodide/issues/6296).
 * @returns {Promise<Response | null>}
 */
export async function cachedWasm() {
  const known = await knownCopy();
  const answer = known?.isGood ? await fetchWasm({ cache: 'only-if-cached' }) : null;
  if (!known || !answer) return null;
  onTrial = known;
  void note(path, { ...known, isGood: false });
  return answer;
}

/** Python was compiled and runs. */
export function wasmWorks() {
  if (onTrial) void note(path, onTrial);
  onTrial = null;
}

/**
 * Have the browser keep a copy for later starts; not twice a day, and not where the visitor wants to save
 * data. Does nothing in browsers of which nobody has seen that they keep compiled code.
 */
export async function cacheWasm() {
  const { connection } = /** @type {NavigatorWithConnection} */ (navigator);
  if (!('userAgentData' in navigator) || connection?.saveData) return;
  const known = await knownCopy();
  if (known?.isGood && (await fetchWasm({ cache: 'only-if-cached' }))) return;
  // The hash is compared now: it takes a start too long.
  const integrity = `sha256-${base64(sha256)}`;
  const isKept = async () => (await fetchWasm({ cache: 'only-if-cached', integrity })) !== null;
  let isGood = await isKept();
  let atMs = known?.atMs ?? 0;
  if (!isGood && Date.now() - atMs > AGAIN_MS) {
    // A browser keeps what was read to its end.
    await (await fetchWasm({ priority: 'low', integrity }))?.arrayBuffer();
    isGood = await isKept();
    atMs = Date.now();
  }
  await note(path, { isGood, atMs });
}

/** @returns {Promise<CopyNote | null>} */
async function knownCopy() {
  return /** @type {CopyNote | null} */ (await noteOn(path));
}

/**
 * @param {RequestInit} how
 * @returns {Promise<Response | null>} null where there is none that browsers would compile
 */
async function fetchWasm(how) {
  const answer = await fetch(SITE_URL + path, { ...how, mode: 'same-origin' }).catch(() => null);
  return answer?.ok && answer.headers.get('content-type') === 'application/wasm' ? answer : null;
}

/** @param {string} hex */
function base64(hex) {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((byte) => parseInt(byte, 16))));
}
