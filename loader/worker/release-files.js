/** The files of this release: fetched once, checked against the release's hashes, kept in Cache Storage. */
import { release } from '../../vendor/release.js';
import { EngineError } from '../shared/faults.js';
import { SITE_PATH, SITE_URL, storageName } from './site.js';

/** @typedef {import('../../vendor/release.js').ReleaseFile} ReleaseFile */
/** @typedef {(bytesDone: number) => void} OnBytes */

const CACHE = storageName(`release ${release.id}`);

/**
 * One file of the release, from storage or, the first time, from the network. Its body streams
 * from storage so that WebAssembly's compiled code is reused.
 * @param {ReleaseFile} file
 * @param {OnBytes} [onBytes] told the number of bytes so far
 * @returns {Promise<Response>}
 * @throws {EngineError} runtime-missing, runtime-corrupt
 */
export async function releaseFile(file, onBytes = () => {}) {
  // Two engines that start at once need the same files.
  const before = underWay.get(file.path);
  if (before) await before.catch(() => {});
  const getting = keptOrFetched(file, onBytes);
  underWay.set(file.path, getting);
  try {
    return await getting;
  } finally {
    if (underWay.get(file.path) === getting) underWay.delete(file.path);
  }
}

/** @type {Map<string, Promise<Response>>} */
const underWay = new Map();

/** A host that sends nothing for so long is given up on, in milliseconds. */
const SILENCE_MS = 60_000;

/** @param {ReleaseFile} file @param {OnBytes} onBytes */
async function keptOrFetched(file, onBytes) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(SITE_URL + file.path);
  if (kept) {
    onBytes(file.size);
    return kept;
  }
  const answer = await downloadFile(file, onBytes);
  await cache.put(SITE_URL + file.path, answer.clone()).catch(storageRefused);
  return answer;
}

/**
 * At install: keep the shell. When an older release is at work, keep the whole new one before it
 * may take over, so that it never has to mix its files with what a later deployment left.
 */
export async function keepRelease() {
  await Promise.all(release.shell.map((file) => releaseFile(file)));
  /** @type {ServiceWorkerGlobalScope} */
  const worker = /** @type {any} */ (self);
  if (!worker.registration.active) return;
  const { wasm, stdlib, demo, apps, extras } = release;
  const packs = [...Object.values(apps).flatMap((app) => app.packs), ...Object.values(extras)];
  for (const file of [wasm, stdlib, ...demo, ...packs]) await releaseFile(file);
}

/** At activation: drop the caches of other releases of this site, and of nobody else. */
export async function forgetOldReleases() {
  const ours = storageName('release ');
  for (const name of await caches.keys()) {
    if (name.startsWith(ours) && !name.startsWith(CACHE)) await caches.delete(name);
  }
}

/** Name of this release's cache of answers that never change (see `kept-answers.js`). */
export const ANSWERS_CACHE = `${CACHE} answers`;

/**
 * The shell, or one of its files, for a page.
 * @param {Request} request
 */
export async function shellAnswer(request) {
  const path = new URL(request.url).pathname.slice(SITE_PATH.length) || 'index.html';
  const file = release.shell.find((each) => each.path === path);
  if (!file) return fetch(request);
  try {
    return await releaseFile(file);
  } catch {
    return fetch(request); // A damaged copy on the host is the host's to show.
  }
}

/** The shell page, as the answer to a navigation whose application is not ready. */
export async function shellPage() {
  return shellAnswer(new Request(`${SITE_URL}index.html`));
}

/**
 * @param {ReleaseFile} file
 * @param {OnBytes} onBytes
 */
async function downloadFile(file, onBytes) {
  const name = file.path.replace(/^.*\//, '');
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), SILENCE_MS);
  const heard = (/** @type {number} */ done) => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
    onBytes(done);
  };
  let answer;
  let bytes;
  try {
    // no-cache: asks the host whether its copy is still the one the HTTP cache holds.
    answer = await fetch(SITE_URL + file.path, { cache: 'no-cache', signal: abort.signal });
    bytes = answer.ok ? await readAll(answer, file.size, heard) : new Uint8Array();
  } catch (cause) {
    throw missing(name, 'its host did not answer, or the connection broke', cause);
  } finally {
    clearTimeout(silence);
  }
  if (!answer.ok) throw missing(name, `its host answered ${answer.status}`);
  if (bytes.length !== file.size || (await sha256(bytes)) !== file.sha256) {
    throw new EngineError('runtime-corrupt', {
      message:
        `Could not use ${name}, a part of this site: what its host sent is not the file of this release ` +
        `(${bytes.length} of ${file.size} bytes). Reload; if that does not help, tell the site's owner.`,
      detail: `${SITE_URL}${file.path}\nContent-Type: ${answer.headers.get('content-type')}\nexpected sha256 ${file.sha256}`,
    });
  }
  const type = file.path.endsWith('.wasm') ? 'application/wasm' : answer.headers.get('content-type');
  return new Response(bytes, { headers: { 'content-type': type ?? 'application/octet-stream' } });
}

/**
 * @param {string} name
 * @param {string} reason
 * @param {unknown} [cause]
 */
function missing(name, reason, cause) {
  return new EngineError('runtime-missing', {
    message: `Could not download ${name}, a part of this site: ${reason}. Check your connection and try again.`,
    detail: cause ? String(cause) : '',
    cause,
  });
}

/**
 * @param {Response} answer
 * @param {number} size expected, in bytes
 * @param {OnBytes} onBytes
 */
async function readAll(answer, size, onBytes) {
  const bytes = new Uint8Array(size);
  let done = 0;
  if (!answer.body) return bytes.subarray(0, 0);
  const reader = answer.body.getReader();
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return bytes.subarray(0, done);
    if (done + chunk.value.length > size) {
      await reader.cancel();
      return new Uint8Array(); // Longer than the file of this release: not that file.
    }
    bytes.set(chunk.value, done);
    done += chunk.value.length;
    onBytes(done);
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {unknown} error Storage full or refused: the release still works, it is only fetched again next time. */
function storageRefused(error) {
  console.warn(`This browser did not keep a file of the site: ${error}`);
}
