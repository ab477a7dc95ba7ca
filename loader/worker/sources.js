/** Downloading a plan's sources, and keeping them, so that a worker's death costs no second download. */
import { release } from '../../vendor/release.js';
import { deviceFile } from '../shared/device-file.js';
import { DataError, DownloadError, OptionError, toFault } from '../shared/faults.js';
import { explainHost } from '../shared/host-advice.js';
import { optionNamed, planSources } from '../shared/plan.js';
import { assetUrl, releaseAssetLookup } from '../shared/release-asset.js';
import { fetchableUrl, fileNameOf, lfsUrl } from '../shared/source-url.js';
import { keptFile } from './device-files.js';
import { keepCopy, keptCopy, storeKey } from './kept-copies.js';
import { SOURCES_FOLDER } from './plan-places.js';
import { releaseFile } from './release-files.js';
import { SITE_URL } from './site.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/plan.js').PlanSource} PlanSource */
/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {(name: string, done: number, total: number | null) => void} OnItem */
/** @typedef {(done: number, total: number | null) => void} OnBytes */
/** @typedef {import('./kept-copies.js').KeptCopy} KeptCopy */
/** @typedef {{ usedAt: number, fresh: boolean }} Freshness fresh: whatever is kept, ask the hosts; usedAt: last use of the plan */
/** @typedef {Freshness & { segment: string, files: import('./plan-files.js').PlanFiles, isImported: boolean }} Keeping isImported: what the import options name is in storage, imported */
/**
 * @typedef {PlanSource & { url: string, redirected?: string, path: string | null, bytes: Uint8Array<ArrayBuffer> | null,
 *   original: Blob | null, isOriginalKept: boolean, isNew: boolean,
 *   size: number, fetched: number | null, fault: Fault | null }} LoadedSource
 *   `path`: where Python finds it; `fetched`: seconds since 1970; a failed source has a fault and no
 *   file. `redirected`: the other host's address that `url` led to. Either `bytes` or, of a database, `original`, which `isOriginalKept` for the next start;
 *   `isNew`: downloaded just now
 */
/** @typedef {{ blob: Blob, fetched: number | null, redirected?: string, isKept: boolean, isNew: boolean }} Found */

/**
 * A plan that nobody used for a day asks for its data again, so that a link to data that is published
 * daily shows it; where its host cannot be reached the copy serves on. While a page of the plan is
 * open, its data stays what it is, however often the worker dies.
 */
const FRESH_MS = 24 * 3600 * 1000;

/** A host that sends nothing for so long is given up on. */
const SILENCE_MS = 30_000;

/** An ArrayBuffer holds at most 2 GiB in Chromium and Firefox; below that Python still needs room. */
const MOST_BYTES = 2_000_000_000;

/**
 * Load every source of a plan, all at once. A source that fails is reported in its place: the
 * others load.
 * @param {Plan} plan
 * @param {Keeping} keeping segment: the plan's own part of storage
 * @param {OnItem} onItem told the bytes so far of each
 * @returns {Promise<LoadedSource[]>} in the plan's order
 */
export async function loadSources(plan, keeping, onItem) {
  const documents = plan.options.filter(({ key }) => optionNamed(key)?.kind === 'address');
  const wanted = [...planSources(plan), ...documents.map(({ key, value }) => ({ option: key, value, settings: {} }))];
  const names = distinctNames(wanted.map(nameOf));
  return Promise.all(
    wanted.map((source, position) => {
      const onBytes = (/** @type {number} */ done, /** @type {number | null} */ total) =>
        onItem(/** @type {string} */ (names[position]), done, total);
      return loadSource(source, position, keeping, onBytes);
    }),
  );
}

/** Each with its own row on the boot screen: a second `data.db` is shown as `data.db (2)`. @param {string[]} names */
function distinctNames(names) {
  return names.map((name, position) => {
    const before = names.slice(0, position).filter((each) => each === name).length;
    return before ? `${name} (${before + 1})` : name;
  });
}

/** What a source is called in messages. @param {PlanSource} source */
function nameOf({ option, value }) {
  return (option === 'file' && deviceFile(value)?.name) || fileNameOf(fetchableUrl(value, option));
}

/**
 * @param {PlanSource} source
 * @param {number} position
 * @param {Keeping} keeping
 * @param {OnBytes} onBytes
 * @returns {Promise<LoadedSource>}
 */
async function loadSource(source, position, keeping, onBytes) {
  const name = nameOf(source);
  const path = `${SOURCES_FOLDER}${position}/${name.replaceAll(/[/?#%]/g, '_')}`;
  const nothing = { ...source, path, bytes: null, original: null, isOriginalKept: false, isNew: false, size: 0, fetched: null, fault: null };
  let url = source.value;
  try {
    if (source.option !== 'file') url = new URL(fetchableUrl(source.value, source.option), SITE_URL).href;
    if (keeping.isImported && isConsumed(keeping.files, source)) return { ...nothing, url, path: null };
    const { blob, fetched, redirected, isKept, isNew } = source.option === 'file'
      ? await fileBlob(source.value, onBytes)
      : await sourceBlob(url, name, path, keeping, onBytes);
    const facts = { ...nothing, url, redirected, size: blob.size, fetched, isNew };
    if (await isDatabase(source, blob)) return { ...facts, original: blob, isOriginalKept: isKept };
    return { ...facts, bytes: await allBytes(blob, name) };
  } catch (error) {
    return { ...nothing, url, path: null, fault: { ...toFault(error), source: source.value } };
  }
}

/**
 * Whether a source is in storage as tables of another database, so that nobody needs it any more.
 * @param {import('./plan-files.js').PlanFiles} files
 * @param {PlanSource} source
 */
function isConsumed({ imported }, { option, value }) {
  return Boolean(imported?.sources.some((each) => each.option === option && each.value === value && !each.original));
}

/** How every SQLite database begins. */
const MAGIC = 'SQLite format 3\0';

/** What is opened as it is, never read whole. @param {PlanSource} source @param {Blob} blob */
async function isDatabase({ option }, blob) {
  return ['url', 'data', 'file'].includes(option) && (await blob.slice(0, MAGIC.length).text()) === MAGIC;
}

/**
 * A file that a visitor opened from this device.
 * @param {string} value
 * @param {OnBytes} onBytes
 * @returns {Promise<Found>}
 */
async function fileBlob(value, onBytes) {
  const file = deviceFile(value);
  const blob = file && (await keptFile(file.sha256));
  if (!blob) {
    throw new OptionError('file-not-here', { tried: `Could not open ${file?.name ?? value}` });
  }
  onBytes(blob.size, blob.size);
  return { blob, fetched: null, isKept: true, isNew: false };
}

/**
 * @param {string} url absolute
 * @param {string} name
 * @param {string} path where Python will find it
 * @param {Keeping} keeping
 * @param {OnBytes} onBytes
 * @returns {Promise<Found>}
 */
async function sourceBlob(url, name, path, { segment, files, usedAt, fresh }, onBytes) {
  const original = fresh ? undefined : await files.originalOf(path);
  const own = release.demo.find((file) => SITE_URL + file.path === url);
  if (own) {
    const blob = original?.blob ?? (await (await releaseFile(own, (done) => onBytes(done, own.size))).blob());
    if (fresh) await files.forgetChanges(path);
    return { blob, fetched: null, isKept: Boolean(original), isNew: false };
  }
  const key = storeKey(segment, url);
  const kept = original ?? (await keptCopy(key));
  // What was edited stays as it is until the visitor says otherwise.
  if (kept && !fresh && (files.isEdited(path) || isFresh(Math.max(usedAt, kept.fetched * 1000)))) {
    onBytes(kept.blob.size, kept.blob.size);
    return { ...kept, isKept: true, isNew: false };
  }
  let blob;
  try {
    blob = await downloadData(url, name, onBytes);
  } catch (error) {
    if (kept) return { ...kept, isKept: true, isNew: false };
    throw error;
  }
  const fetched = Date.now() / 1000;
  if (fresh) await files.forgetChanges(path);
  const isKept = await keepCopy(key, blob, fetched, redirectedTo(blob)).then(
    () => true,
    (error) => {
      // Storage full or refused: the visit goes on, the next start downloads again.
      console.warn(`This browser did not keep ${key.slice(0, 200)}: ${error}`);
      return false;
    },
  );
  return { blob, fetched, redirected: redirectedTo(blob), isKept, isNew: true };
}

/** Whether what was last in use then is still good. @param {number} at milliseconds since 1970 */
export function isFresh(at) {
  return Date.now() - at < FRESH_MS;
}

/** Longest that a Git LFS pointer gets, in bytes. */
const POINTER_BYTES = 1024;

/**
 * Download what a link means: the file behind a Git LFS pointer, and the asset of a GitHub release,
 * whose own address no other site may read.
 * @param {string} url
 * @param {string} name
 * @param {OnBytes} onBytes
 * @returns {Promise<Blob>}
 */
async function downloadData(url, name, onBytes) {
  const asset = releaseAssetLookup(url);
  if (asset) {
    const found = assetUrl(JSON.parse(await (await download(asset.api, name, () => {})).text()), asset.name);
    if (found) return download(found, name, onBytes, { accept: 'application/octet-stream' });
  }
  const blob = await download(url, name, onBytes);
  const stored = lfsUrl(url);
  const isPointer = stored && blob.size < POINTER_BYTES && (await blob.text()).startsWith('version https://git-lfs');
  return isPointer ? download(stored, name, onBytes) : blob;
}

/** Where downloads came from in the end, if not from the host that was asked. @type {WeakMap<Blob, string>} */
const redirections = new WeakMap();

/** The address on another host that a download was redirected to. @param {Blob} blob */
export function redirectedTo(blob) {
  return redirections.get(blob);
}

/**
 * @param {string} url
 * @param {string} name
 * @param {OnBytes} onBytes
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Blob>}
 * @throws {DownloadError} download-unreachable, download-blocked, download-status, download-interrupted, download-timeout
 */
export async function download(url, name, onBytes, headers = {}) {
  onBytes(0, null);
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), SILENCE_MS);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
  };
  try {
    let answer;
    try {
      // no-cache: the host is asked whether the HTTP cache's copy is still good.
      answer = await fetch(url, { cache: 'no-cache', signal: abort.signal, headers });
    } catch (cause) {
      if (abort.signal.aborted) throw timedOut(url, name, cause);
      throw await unreachable(url, name, cause);
    }
    heard();
    if (!answer.ok) throw badStatus(answer, url, name);
    const blob = await readBlob(answer, url, name, abort.signal, heard, onBytes);
    if (new URL(answer.url || url).host !== new URL(url).host) redirections.set(blob, answer.url);
    return blob;
  } finally {
    clearTimeout(silence);
  }
}

/**
 * @param {Response} answer
 * @param {string} url
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {() => void} heard
 * @param {OnBytes} onBytes
 */
async function readBlob(answer, url, name, signal, heard, onBytes) {
  // With a Content-Encoding the length is that of the compressed bytes: useless here.
  const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length');
  const total = length ? Number(length) : null;
  if (total && total > MOST_BYTES) throw tooLarge(name, total);
  let done = 0;
  const counted = new TransformStream({
    /** @param {Uint8Array} chunk @param {TransformStreamDefaultController} controller */
    transform(chunk, controller) {
      done += chunk.length;
      heard();
      onBytes(done, total && done > total ? null : total);
      controller.enqueue(chunk);
    },
  });
  try {
    // A Blob, because browsers keep a large one on disk.
    const body = answer.body ? answer.body.pipeThrough(counted) : null;
    return await new Response(body).blob();
  } catch (cause) {
    if (signal.aborted) throw timedOut(url, name, cause);
    throw new DownloadError('download-interrupted', {
      message:
        `Could not download ${name}: the connection to ${hostOf(url)} broke after ${done.toLocaleString('en')} bytes` +
        `${total ? ` of ${total.toLocaleString('en')}` : ''}. Try again.`,
      detail: `${url}\n${cause}`,
      cause,
    });
  }
}

/** @param {Blob} blob @param {string} name */
async function allBytes(blob, name) {
  if (blob.size > MOST_BYTES) throw tooLarge(name, blob.size);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw tooLarge(name, blob.size, cause);
  }
}

/**
 * Scripts are told only that a fetch failed. A `no-cors` request tells the two causes apart: it
 * succeeds where the host is there but does not permit other sites to read it.
 * @param {string} url
 * @param {string} name
 * @param {unknown} cause
 */
async function unreachable(url, name, cause) {
  const host = hostOf(url);
  const probe = new AbortController();
  try {
    await fetch(url, { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.any([probe.signal, AbortSignal.timeout(10_000)]) });
    probe.abort();
  } catch {
    if (url.startsWith('http:') && SITE_URL.startsWith('https:')) {
      return new DownloadError('download-blocked', {
        message: `Could not download ${name}: browsers let a page that came over https read nothing over plain http. Write https:// in the link if ${host} offers it.`,
        detail: `${url}\n${cause}`,
        cause,
      });
    }
    const offline = navigator.onLine ? '' : ' This device seems to be offline.';
    return new DownloadError('download-unreachable', {
      message: `Could not download ${name}: ${host} did not answer.${offline} Check the address and your connection, then try again.`,
      detail: `${url}\n${cause}`,
      cause,
    });
  }
  return new DownloadError('download-blocked', {
    message:
      `Could not download ${name}: ${host} does not permit other sites to read it (it sends no CORS header). ` +
      (explainHost(url) ??
        'Put the file on a host that does, such as GitHub or a Gist, or ask its owner to send Access-Control-Allow-Origin: *.'),
    detail: `${url}\n${cause}`,
    cause,
  });
}

/** @param {Response} answer @param {string} url @param {string} name */
function badStatus(answer, url, name) {
  const advice = answer.status >= 500 ? 'Try again later.' : 'Check the address in the link and reload.';
  return new DownloadError('download-status', {
    message: `Could not download ${name}: ${hostOf(url)} answered ${answer.status}. ${advice}`,
    detail: `${url}\n${answer.status} ${answer.statusText}`,
  });
}

/** @param {string} url @param {string} name @param {unknown} cause */
function timedOut(url, name, cause) {
  return new DownloadError('download-timeout', {
    message: `Could not download ${name}: ${hostOf(url)} sent nothing for ${SILENCE_MS / 1000} seconds. Try again later.`,
    detail: `${url}\n${cause}`,
    cause,
  });
}

/** @param {string} name @param {number} size @param {unknown} [cause] */
function tooLarge(name, size, cause) {
  return new DataError('too-large', {
    message:
      `Could not open ${name}: its ${(size / 1e9).toFixed(1)} GB do not fit into this browser's memory. ` +
      `Open a smaller extract, or use Datasette on your own computer.`,
    detail: cause ? String(cause) : '',
    cause,
  });
}

/** @param {string} url */
function hostOf(url) {
  return new URL(url).host || 'the link';
}
