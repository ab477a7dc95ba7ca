/** Downloading a plan's sources, and keeping them, so that a worker's death costs no second download. */
import { release } from '../../vendor/release.js';
import { deviceFile } from '../shared/device-file.js';
import { DataError, DownloadError, OptionError, toFault } from '../shared/faults.js';
import { PARQUET_MAGIC, SQLITE_MAGIC, endsWith, fitsIn, startsWith } from '../shared/file-heads.js';
import { explainHost } from '../shared/host-advice.js';
import { optionNamed, planSources } from '../shared/plan.js';
import { assetUrl, releaseAssetLookup } from '../shared/release-asset.js';
import { fetchableUrl, fileNameOf, lfsUrl } from '../shared/source-url.js';
import { BlobParts } from './blob-parts.js';
import { keptFile } from './device-files.js';
import { keepCopy, keptCopy, storeKey } from './kept-copies.js';
import { SOURCES_FOLDER } from './plan-places.js';
import { cache } from './plan-files.js';
import { NoRanges, sizeInHeader } from './range-host.js';
import { refusedDownload } from './refused-download.js';
import { releaseFile } from './release-files.js';
import { RemoteFile, fetchedBlocks } from './remote-file.js';
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
 *   parquetFile: Blob | null, original: Blob | null, remote: RemoteFile | null, isOriginalKept: boolean,
 *   isNew: boolean, size: number, fetched: number | null, fault: Fault | null }} LoadedSource
 *   `path`: where Python finds it; `fetched`: seconds since 1970; a failed source has a fault and no
 *   file. `redirected`: the other host's address that `url` led to. Either `bytes` or, of a Parquet
 *   file, `parquetFile` or, of a database, `original`, which `isOriginalKept` for the next start, or
 *   `remote`, where it stays at its host;
 *   `isNew`: downloaded just now
 */
/** @typedef {{ blob: Blob, fetched: number | null, redirected?: string, isKept: boolean, isNew: boolean }} Found */

/**
 * Larger databases stay at their hosts, unless the link says otherwise: a download would take longer
 * than most visitors wait, and more room than they would give. The README says so, too.
 */
const LARGE_BYTES = 100_000_000;

/** A download that turned out to be larger than that. */
class LargeDatabase extends Error {
  name = 'LargeDatabase';
}

/**
 * Data is asked for again after a day, so that a link to data that is published daily shows it; where
 * its host cannot be reached the copy serves on.
 */
const FRESH_MS = 24 * 3600 * 1000;

/** While a page of the plan is looked at, its data stays what it is, however often the worker dies. Its use is noted hourly. */
const VISIT_MS = 2 * 3600 * 1000;

/** A host that sends nothing for so long is given up on. */
const SILENCE_MS = 30_000;

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
  const nothing = { ...source, path, bytes: null, parquetFile: null, original: null, remote: null, isOriginalKept: false, isNew: false, size: 0, fetched: null, fault: null };
  let url = source.value;
  try {
    if (source.option !== 'file') url = new URL(fetchableUrl(source.value, source.option), SITE_URL).href;
    if (keeping.isImported && isConsumed(keeping.files, source)) return { ...nothing, url, path: null };
    const remote = source.option === 'url' ? await remoteFile(url, source, path, keeping, onBytes) : null;
    if (remote) return { ...nothing, url, remote, size: remote.size, fetched: Date.now() / 1000 };
    const { blob, fetched, redirected, isKept, isNew } = source.option === 'file'
      ? await fileBlob(source.value, onBytes)
      : await sourceBlob(url, name, path, keeping, onBytes, mayStay(source, path, keeping));
    const facts = { ...nothing, url, redirected, size: blob.size, fetched, isNew };
    if (await isDatabase(source, blob)) return { ...facts, original: blob, isOriginalKept: isKept };
    if (await isParquet(source, blob)) return { ...facts, parquetFile: blob };
    return { ...facts, bytes: await allBytes(blob, name) };
  } catch (error) {
    if (error instanceof LargeDatabase) return loadSource({ ...source, settings: { ...source.settings, fetch: 'parts' } }, position, keeping, onBytes);
    return { ...nothing, url, path: null, fault: { ...toFault(error), source: source.value } };
  }
}

/**
 * Whether a database is to stay at its host if it is large; changes need all of what they apply to.
 * @param {PlanSource} source
 * @param {string} path
 * @param {Keeping} keeping
 */
function mayStay({ option, settings }, path, { files, fresh }) {
  return option === 'url' && settings['fetch'] !== 'whole' && (fresh || !files.isEdited(path));
}

/**
 * A database that is not to be downloaded, if it is one: the link says so, or it was read in parts before.
 * @param {string} url
 * @param {PlanSource} source
 * @param {string} path
 * @param {Keeping} keeping
 * @param {OnBytes} onBytes
 * @returns {Promise<RemoteFile | null>}
 * @throws {DownloadError} no-ranges, download-unreachable, download-blocked; and as `refusedDownload`
 */
async function remoteFile(url, { settings, value }, path, { files, fresh }, onBytes) {
  const wish = settings['fetch'];
  // What was edited stays what it is until the visitor says otherwise.
  if (wish === 'whole' || (files.isEdited(path) && !fresh)) return null;
  const isKnown = wish === 'parts' || (await fetchedBlocks.record(url).catch(() => undefined)) !== undefined;
  if (!isKnown) return null;
  const name = fileNameOf(value);
  try {
    let remote = await RemoteFile.open(url, name, cache, fresh);
    const stored = lfsUrl(url);
    // What is there only says where the file is.
    if (stored && remote.size < POINTER_BYTES) remote = await RemoteFile.open(stored, name, cache, fresh);
    if (fresh) await files.forgetChanges(path);
    onBytes(remote.fetched, remote.size);
    return remote;
  } catch (error) {
    // Of a request that fails no more is told: not that parts came compressed, nor that CORS forbids them.
    const isSilent = error instanceof DownloadError && error.code === 'download-unreachable';
    if (isSilent && !(await isReadable(url))) throw await unreachable(url, name, error);
    if (!isSilent && !(error instanceof NoRanges)) throw error;
    throw new DownloadError('no-ranges', { tried: `Could not open ${name} at its host`, cause: error });
  }
}

/** Whether a host begins to send a file, when it is asked for all of it. @param {string} url */
async function isReadable(url) {
  const abort = new AbortController();
  try {
    return (await fetch(url, { cache: 'no-store', signal: AbortSignal.any([abort.signal, AbortSignal.timeout(SILENCE_MS)]) })).ok;
  } catch {
    return false;
  } finally {
    abort.abort();
  }
}

/**
 * Forget what was fetched of a plan's databases at their hosts.
 * @param {Plan} plan
 * @throws {DOMException} when storage is refused
 */
export async function forgetFetched(plan) {
  const databases = planSources(plan).filter(({ option }) => option === 'url');
  const urls = databases.map(({ option, value }) => new URL(fetchableUrl(value, option), SITE_URL).href);
  await Promise.all(urls.flatMap((url) => [url, lfsUrl(url) ?? []].flat()).map((url) => fetchedBlocks.forget(url)));
}

/**
 * Whether a source is in storage as tables of another database, so that nobody needs it any more.
 * @param {import('./plan-files.js').PlanFiles} files
 * @param {PlanSource} source
 */
function isConsumed({ imported }, { option, value }) {
  return Boolean(imported?.sources.some((each) => each.option === option && each.value === value && !each.original));
}

/** What is opened as it is, never read whole. @param {PlanSource} source @param {Blob} blob */
async function isDatabase({ option }, blob) {
  return ['url', 'data', 'file'].includes(option) && startsWith(blob, SQLITE_MAGIC);
}

/** What is read row group by row group. @param {PlanSource} source @param {Blob} blob */
async function isParquet({ option }, blob) {
  if (optionNamed(option)?.kind === 'address' || option === 'url') return false;
  return (await startsWith(blob, PARQUET_MAGIC)) && endsWith(blob, PARQUET_MAGIC);
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
 * @param {boolean} [mayBeLarge] whether a large database is to be given up
 * @returns {Promise<Found>}
 * @throws {LargeDatabase}
 */
async function sourceBlob(url, name, path, { segment, files, usedAt, fresh }, onBytes, mayBeLarge = false) {
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
  if (kept && !fresh && (files.isEdited(path) || files.refusal || isFresh({ usedAt, fetchedAt: kept.fetched * 1000 }))) {
    onBytes(kept.blob.size, kept.blob.size);
    return { ...kept, isKept: true, isNew: false };
  }
  let blob;
  try {
    blob = await downloadData(url, name, onBytes, mayBeLarge);
  } catch (error) {
    if (error instanceof LargeDatabase) throw error;
    if (kept) return { ...kept, isKept: true, isNew: false };
    throw error;
  }
  if (kept && (await isPageInstead(kept.blob, blob))) return { ...kept, isKept: true, isNew: false };
  const fetched = Date.now() / 1000;
  // Changes that nobody can see now may be to the one that is kept.
  if (files.refusal) return { blob, fetched, isKept: false, isNew: true };
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

/**
 * Whether data need not be asked for again.
 * @param {{ usedAt: number, fetchedAt: number }} times milliseconds since 1970; usedAt: last use of the plan
 */
export function isFresh({ usedAt, fetchedAt }) {
  return Date.now() - fetchedAt < FRESH_MS || Date.now() - usedAt < VISIT_MS;
}

/**
 * Whether a host sent a page, such as that of a login, where it sent data before.
 * @param {Blob} before
 * @param {Blob} now
 */
async function isPageInstead(before, now) {
  if (await startsWith(before, SQLITE_MAGIC)) return !(await mayHoldDatabase(now));
  return (await isPage(now)) && !(await isPage(before));
}

/** As it is, or compressed. @param {Blob} blob */
async function mayHoldDatabase(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const isGzip = first === 0x1f && second === 0x8b; // RFC 1952, 2.3.1
  return isGzip || (await startsWith(blob, SQLITE_MAGIC)) || startsWith(blob, 'PK\x03\x04');
}

/** @param {Blob} blob */
async function isPage(blob) {
  return /^\s*<(!doctype html|html)\b/i.test(await blob.slice(0, POINTER_BYTES).text());
}

/** Longest that a Git LFS pointer gets, in bytes. */
const POINTER_BYTES = 1024;

/**
 * Download what a link means: the file behind a Git LFS pointer, and the asset of a GitHub release,
 * whose own address no other site may read.
 * @param {string} url
 * @param {string} name
 * @param {OnBytes} onBytes
 * @param {boolean} mayBeLarge
 * @returns {Promise<Blob>}
 */
async function downloadData(url, name, onBytes, mayBeLarge) {
  const asset = releaseAssetLookup(url);
  if (asset) {
    const found = assetUrl(JSON.parse(await (await download(asset.api, name, () => {})).text()), asset.name);
    if (!found) throw new DownloadError('download-not-found', { tried: `Could not download ${name}`, happened: 'the release has no such file', detail: `${url}\n${asset.api}` });
    return download(found, name, onBytes, { accept: 'application/octet-stream' }, mayBeLarge, url);
  }
  const blob = await download(url, name, onBytes, {}, mayBeLarge);
  const stored = lfsUrl(url);
  const isPointer = stored && blob.size < POINTER_BYTES && (await blob.text()).startsWith('version https://git-lfs');
  return isPointer ? download(stored, name, onBytes, {}, mayBeLarge) : blob;
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
 * @param {boolean} [mayBeLarge]
 * @param {string} [written] the address that led to this one, for advice
 * @returns {Promise<Blob>}
 * @throws {DownloadError} download-unreachable, download-blocked, download-interrupted, download-timeout; and as `refusedDownload`
 */
export async function download(url, name, onBytes, headers = {}, mayBeLarge = false, written = url) {
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
      throw await unreachable(url, name, cause, written);
    }
    heard();
    if (!answer.ok) throw refusedDownload(answer, name, url);
    const blob = await readBlob(answer, url, name, abort.signal, heard, onBytes, mayBeLarge);
    if (new URL(answer.url || url).host !== new URL(url).host) redirections.set(blob, answer.url);
    return blob;
  } finally {
    // Given up, perhaps: what is not read need not be sent.
    abort.abort();
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
 * @param {boolean} mayBeLarge
 */
async function readBlob(answer, url, name, signal, heard, onBytes, mayBeLarge) {
  // With a Content-Encoding the length is that of the compressed bytes: useless here.
  const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length');
  const total = length ? Number(length) : null;
  let done = 0;
  const parts = new BlobParts();
  try {
    for (const reader = answer.body?.getReader(); reader; ) {
      const { value: chunk, done: isEnd } = await reader.read();
      if (isEnd) break;
      if (mayBeLarge && done === 0 && isLarge(chunk, total)) throw new LargeDatabase();
      if (total && done === 0 && !(await fitsIn(new Blob([chunk]), total))) throw tooLarge(name, total);
      done += chunk.length;
      heard();
      onBytes(done, total && done > total ? null : total);
      await parts.add(chunk);
    }
    return await parts.blob();
  } catch (cause) {
    if (cause instanceof LargeDatabase || cause instanceof DataError) throw cause;
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

/**
 * Whether a download is of a database that would better stay where it is. Its header knows the size
 * where the host hides it.
 * @param {Uint8Array} head
 * @param {number | null} total
 */
function isLarge(head, total) {
  const isSqlite = new TextDecoder().decode(head.subarray(0, SQLITE_MAGIC.length)) === SQLITE_MAGIC;
  return isSqlite && Math.max(total ?? 0, sizeInHeader(head) ?? 0) > LARGE_BYTES;
}

/** @param {Blob} blob @param {string} name */
async function allBytes(blob, name) {
  if (!(await fitsIn(blob, blob.size))) throw tooLarge(name, blob.size);
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
 * @param {string} [written] the address that led to this one
 */
async function unreachable(url, name, cause, written = url) {
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
      (explainHost(written) ??
        'Put the file on a host that does, such as GitHub or a Gist, or ask its owner to send Access-Control-Allow-Origin: *.'),
    detail: `${url}\n${cause}`,
    cause,
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
      'Open a smaller extract, or make it a SQLite database or a Parquet file: those may be of any size.',
    detail: cause ? String(cause) : '',
    cause,
  });
}

/** @param {string} url */
function hostOf(url) {
  return new URL(url).host || 'the link';
}
