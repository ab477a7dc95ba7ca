/** Downloading a plan's sources, and keeping them, so that a worker's death costs no second download. */
import { release } from '../../vendor/release.js';
import { deviceFile } from '../shared/device-file.js';
import { DataError, DownloadError, OptionError, toFault } from '../shared/faults.js';
import { explainHost } from '../shared/host-advice.js';
import { optionNamed, planSources } from '../shared/plan.js';
import { assetUrl, releaseAssetLookup } from '../shared/release-asset.js';
import { fetchableUrl, fileNameOf, lfsUrl } from '../shared/source-url.js';
import { keptFile } from './device-files.js';
import { releaseFile } from './release-files.js';
import { SITE_URL, storageName } from './site.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/plan.js').PlanSource} PlanSource */
/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {(name: string, done: number, total: number | null) => void} OnItem */
/** @typedef {(done: number, total: number | null) => void} OnBytes */
/** @typedef {{ usedAt: number, fresh: boolean }} Freshness fresh: whatever is kept, ask the hosts; usedAt: last use of the plan */
/** @typedef {Freshness & { segment: string }} Keeping */
/**
 * @typedef {PlanSource & { url: string, path: string | null, bytes: Uint8Array<ArrayBuffer> | null,
 *   size: number, fetched: number | null, fault: Fault | null }} LoadedSource
 *   `path`: where Python finds it; `fetched`: seconds since 1970; a failed source has a fault and no file
 */

const CACHE = storageName('data');

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
 * @param {string} segment the plan's own part of the store
 * @param {Freshness} freshness
 * @param {OnItem} onItem told the bytes so far of each
 * @returns {Promise<LoadedSource[]>} in the plan's order
 */
export async function loadSources(plan, segment, freshness, onItem) {
  const documents = plan.options.filter(({ key }) => optionNamed(key)?.kind === 'address');
  const wanted = [...planSources(plan), ...documents.map(({ key, value }) => ({ option: key, value, settings: {} }))];
  const names = distinctNames(wanted.map(nameOf));
  return Promise.all(
    wanted.map((source, position) => {
      const onBytes = (/** @type {number} */ done, /** @type {number | null} */ total) =>
        onItem(/** @type {string} */ (names[position]), done, total);
      return loadSource(source, position, { segment, ...freshness }, onBytes);
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
  let url = source.value;
  try {
    const { blob, fetched } = source.option === 'file'
      ? await fileBlob(source.value, onBytes)
      : await sourceBlob((url = new URL(fetchableUrl(source.value, source.option), SITE_URL).href), name, keeping, onBytes);
    const bytes = await allBytes(blob, name);
    const path = `/data/${position}/${name.replaceAll('/', '_')}`;
    return { ...source, url, path, bytes, size: bytes.length, fetched, fault: null };
  } catch (error) {
    const fault = { ...toFault(error), source: source.value };
    return { ...source, url, path: null, bytes: null, size: 0, fetched: null, fault };
  }
}

/**
 * A file that a visitor opened from this device.
 * @param {string} value
 * @param {OnBytes} onBytes
 */
async function fileBlob(value, onBytes) {
  const file = deviceFile(value);
  const blob = file && (await keptFile(file.sha256));
  if (!blob) {
    throw new OptionError('file-not-here', { tried: `Could not open ${file?.name ?? value}` });
  }
  onBytes(blob.size, blob.size);
  return { blob, fetched: null };
}

/**
 * @param {string} url absolute
 * @param {string} name
 * @param {Keeping} keeping
 * @param {OnBytes} onBytes
 * @returns {Promise<{ blob: Blob, fetched: number | null }>}
 */
async function sourceBlob(url, name, { segment, usedAt, fresh }, onBytes) {
  const own = release.demo.find((file) => SITE_URL + file.path === url);
  if (own) return { blob: await (await releaseFile(own, (done) => onBytes(done, own.size))).blob(), fetched: null };

  const key = storeKey(segment, url);
  const kept = await keptCopy(key);
  if (kept && !fresh && Date.now() - Math.max(usedAt, kept.fetched * 1000) < FRESH_MS) {
    onBytes(kept.blob.size, kept.blob.size);
    return kept;
  }
  try {
    const blob = await downloadData(url, name, onBytes);
    const fetched = Date.now() / 1000;
    await keepCopy(key, blob, fetched);
    return { blob, fetched };
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
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

/** Address of a copy in the store: within the site, below a folder that nothing else uses. @param {string} segment @param {string} url */
function storeKey(segment, url) {
  return `${SITE_URL}-/data/${encodeURIComponent(segment)}/${encodeURIComponent(url)}`;
}

/** @param {string} key */
async function keptCopy(key) {
  const kept = await caches.open(CACHE).then((cache) => cache.match(key)).catch(() => undefined);
  return kept && { blob: await kept.blob(), fetched: Number(kept.headers.get('x-fetched')) };
}

/** @param {string} key @param {Blob} blob @param {number} fetched */
async function keepCopy(key, blob, fetched) {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(key, new Response(blob, { headers: { 'x-fetched': String(fetched) } }));
  } catch (error) {
    // Storage full or refused: the visit goes on, the next start downloads again.
    console.warn(`This browser did not keep ${key.slice(0, 200)}: ${error}`);
  }
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
    return await readBlob(answer, url, name, abort.signal, heard, onBytes);
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
