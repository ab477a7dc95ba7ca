/** The files of this release: fetched once, checked against the release's hashes, kept in Cache Storage. */
import { release } from '../../vendor/release.js';
import { EngineError } from '../shared/faults.js';
import { inflatedBody } from './inflate.js';
import { SITE_PATH, SITE_URL, storageName } from './site.js';

/** @typedef {import('../../vendor/release.js').ReleaseFile} ReleaseFile */
/** @typedef {(bytesDone: number) => void} OnBytes */

const CACHE = storageName(`release ${release.id}`);

/** A stored answer with this header is still compressed, as it was downloaded: 'gzip' or 'zstd'. */
const PACKED = 'x-packed';

/**
 * The content of one file of the release, inflated where it is transferred compressed (`.gz`, `.zst`): from
 * storage or, the first time, from the network.
 * @param {ReleaseFile} file
 * @param {OnBytes} [onBytes] told the number of bytes so far
 * @returns {Promise<Response>}
 * @throws {EngineError} runtime-missing, runtime-corrupt
 */
export async function releaseFile(file, onBytes = () => {}) {
  // Two engines that start at once need the same files: the second waits until the first's are kept.
  const before = underWay.get(file.path);
  /** @type {PromiseWithResolvers<void>} */
  const turn = Promise.withResolvers();
  underWay.set(file.path, turn.promise);
  const over = () => {
    turn.resolve();
    if (underWay.get(file.path) === turn.promise) underWay.delete(file.path);
  };
  try {
    await before;
    const kept = await (await caches.open(CACHE)).match(SITE_URL + file.path);
    if (kept) onBytes(file.size);
    const answer = kept ?? (await downloadFile(file, onBytes));
    if (kept) over();
    else void keep(file.path, answer.clone()).finally(over);
    return contentOf(answer);
  } catch (error) {
    over();
    throw error;
  }
}

/** By path, until a file is there and kept. @type {Map<string, Promise<void>>} */
const underWay = new Map();

/**
 * Keep files inflated from now on: inflating takes longer than reading. To be called when nobody
 * waits for anything else.
 * @param {readonly ReleaseFile[]} files
 */
export async function keepInflated(files) {
  const cache = await caches.open(CACHE);
  for (const file of files) {
    await underWay.get(file.path);
    const kept = await cache.match(SITE_URL + file.path);
    if (kept?.headers.has(PACKED)) await keep(file.path, contentOf(kept));
  }
}

/**
 * What was noted on a file of this release that is kept elsewhere; it goes with the release.
 * @param {string} path
 * @returns {Promise<unknown>} null: nothing
 */
export async function noteOn(path) {
  const answer = await (await caches.open(CACHE)).match(SITE_URL + path);
  return answer ? answer.json() : null;
}

/**
 * @param {string} path
 * @param {unknown} value
 * @returns {Promise<void>} never rejects
 */
export function note(path, value) {
  return keep(path, Response.json(value));
}

/** @param {string} path @param {Response} answer */
async function keep(path, answer) {
  try {
    await (await caches.open(CACHE)).put(SITE_URL + path, answer);
  } catch (error) {
    // Storage full or refused: the release still works, it is only fetched again next time.
    console.warn(`This browser did not keep a file of the site: ${error}`);
  }
}

/** @param {Response} answer */
function contentOf(answer) {
  const format = answer.headers.get(PACKED);
  if (!format) return answer;
  const type = answer.headers.get('content-type') ?? '';
  return new Response(inflatedBody(answer, format), { headers: { 'content-type': type } });
}

/** A host that sends nothing for so long is given up on, in milliseconds. */
const SILENCE_MS = 60_000;

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

/**
 * At install: keep the shell, unless someone waits for the application: that comes first, and
 * `keepShell` is called again. When an older release is at work, keep the whole new one before it
 * may take over, so that it never has to mix its files with what a later deployment left.
 */
export async function keepRelease() {
  if (!worker.registration.active) {
    if (!(await isAwaited())) await keepShell();
    return;
  }
  await keepShell();
  const { wasm, stdlib, demo, apps, extras, plugins } = release;
  const images = Object.values(apps).flatMap(({ image }) => (image ? imageFiles(image) : []));
  const packs = [...Object.values(apps).flatMap((app) => app.packs), ...Object.values(extras)];
  for (const file of [wasm, stdlib, plugins.index, ...demo, ...images, ...packs]) await releaseFile(file);
  await Promise.all(underWay.values());
}

/** Keep every file of the shell that is not kept yet, so that it opens without the network. */
export async function keepShell() {
  await Promise.all(release.shell.map((file) => releaseFile(file)));
  await Promise.all(underWay.values());
}

/** Whether a page of this site leads to the application. */
async function isAwaited() {
  const pages = await worker.clients.matchAll({ includeUncontrolled: true, type: 'window' });
  return pages.some(({ url }) => {
    const { pathname, search } = new URL(url);
    return pathname.startsWith(`${SITE_PATH}app/`) || (pathname.startsWith(SITE_PATH) && search !== '');
  });
}

/**
 * What a memory image consists of.
 * @param {import('../../vendor/release.js').ReleaseImage} image
 */
export function imageFiles({ memory, pack, later }) {
  return [memory, pack, later];
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

/** `loader@<release>/…`: the loader's modules at an address whose content never changes. */
const LOADER_ADDRESS = /^loader@[^/]*\//;

/** @param {string} pathname */
export function isLoaderAddress(pathname) {
  return pathname.startsWith(SITE_PATH) && LOADER_ADDRESS.test(pathname.slice(SITE_PATH.length));
}

/**
 * The shell, or one of its files, for a page.
 * @param {Request} request
 */
export async function shellAnswer(request) {
  const asked = new URL(request.url).pathname.slice(SITE_PATH.length) || 'index.html';
  const path = asked.replace(LOADER_ADDRESS, 'loader/');
  const file = release.shell.find((each) => each.path === path);
  if (!file) return fetch(request);
  try {
    const answer = await releaseFile(file);
    // A page of another release gets today's module, too: only those of one release fit together.
    return asked.startsWith(`loader@${release.id}/`) ? unchanging(answer) : answer;
  } catch {
    return fetch(request); // A damaged copy on the host is the host's to show.
  }
}

/**
 * Told to the browser, an answer stays in its memory and costs the next page nothing (RFC 8246).
 * @param {Response} answer
 */
function unchanging(answer) {
  const headers = new Headers(answer.headers);
  headers.set('cache-control', 'max-age=31536000, immutable');
  return new Response(answer.body, { status: answer.status, headers });
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
  const type = /\.wasm(\.gz|\.zst)?$/.test(file.path) ? 'application/wasm' : answer.headers.get('content-type');
  const headers = new Headers({ 'content-type': type ?? 'application/octet-stream' });
  if (file.path.endsWith('.gz')) headers.set(PACKED, 'gzip');
  if (file.path.endsWith('.zst')) headers.set(PACKED, 'zstd');
  return new Response(bytes, { headers });
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
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
