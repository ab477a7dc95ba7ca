/**
 * Which wheels a plan needs whose plugins are not all of the site's list: micropip finds them, and
 * asks here for pages of indexes, and for wheels that it has to look into.
 */
import { release } from '../../vendor/release.js';
import { DownloadError, reviveFault, toFault } from '../shared/faults.js';
import { addressKey, ConsentNeeded } from '../shared/foreign-code.js';
import { pluginRequest } from '../shared/plugin-request.js';
import { indexAnswer, indexUrls, verifiedWheel } from './plugin-index.js';
import { agree, agreements, keepResolution, revoke } from './plugin-store.js';
import { fetchWheel, wheelBytes } from './plugin-wheels.js';
import { addPacks } from './python-runtime.js';
import { SITE_URL } from './site.js';

/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./plugin-index.js').Page} Page */
/** @typedef {import('./plugin-index.js').SiteIndex} SiteIndex */
/** @typedef {import('./plugin-wheels.js').Wheel} Wheel */
/** @typedef {(name: string, done: number, total: number | null) => void} OnItem told the bytes so far of each file */

/** An index that says nothing for so long is given up on, in milliseconds. */
const SILENCE_MS = 30_000;

/**
 * Let micropip find the wheels. Where its indexes cannot be reached, what it found before serves on.
 * @param {PyodideAPI} python
 * @param {{ requests: readonly string[], index: SiteIndex, key: string, kept: Wheel[] | null }} order
 * @param {OnItem} onItem
 * @returns {Promise<Wheel[]>}
 */
export async function resolvedWheels(python, { requests, index, key, kept }, onItem) {
  const { micropip } = release.extras;
  if (micropip) await addPacks(python, [micropip], onItem);
  const asked = requests.map((value) => {
    const request = pluginRequest(value);
    const wheel = request?.kind === 'wheel' ? request : null;
    return { value, url: wheel && new URL(wheel.address, SITE_URL).href, sha256: wheel?.sha256 ?? null };
  });
  /** Wheels that came from other hosts than were asked. @type {Map<string, { sha256: string, redirected: string }>} */
  const redirections = new Map();
  const page = (/** @type {string} */ url) => asAnswer(indexPage(index, url));
  const wheel = (/** @type {string} */ url, /** @type {string} */ filename, /** @type {string} */ hash, /** @type {string} */ plugin) =>
    agreedWheel({ url, filename, hash, plugin }, index, redirections, onItem);
  const entry = python.pyimport('datasette_lite.entry');
  const resolution = JSON.parse(await entry.resolve(JSON.stringify(asked), JSON.stringify(indexUrls()), page, wheel));
  if (resolution.faults.length) {
    const faults = resolution.faults.map(reviveFault);
    if (kept && faults.every((/** @type {unknown} */ fault) => fault instanceof DownloadError)) return kept;
    throw new AggregateError(faults);
  }
  /** @type {Wheel[]} */
  const wheels = resolution.wheels.map((/** @type {Wheel} */ each) => ({ ...each, ...redirections.get(each.url) }));
  // A wheel that was not fetched may need more, so nothing is settled yet.
  const unknown = wheels.filter(({ sha256 }) => !sha256);
  if (resolution.unread) {
    const agreed = new Set((await agreements()).filter(({ kind }) => kind === 'wheel').map(({ key: hash }) => hash));
    const foreign = wheels.filter(({ sha256 }) => sha256 && !verifiedWheel(index, sha256) && !agreed.has(sha256));
    throw new ConsentNeeded([...unknown, ...foreign].map((each) => asForeignCode(each, index)));
  }
  await keepResolution(key, wheels);
  return wheels;
}

/**
 * A wheel, as the visitor is asked about it.
 * @param {Wheel} wheel
 * @param {SiteIndex} index
 * @returns {ForeignCode}
 */
export function asForeignCode({ name, version, url, redirected, sha256, wantedBy }, index) {
  const tried = Object.hasOwn(index.tried, name) ? index.tried[name] : undefined;
  const about = { name, version, from: url, ...(redirected && { redirected }), wantedBy, ...(tried && { tried }) };
  return sha256 ? { kind: 'wheel', key: sha256, ...about } : { kind: 'address', key: addressKey(url), ...about };
}

/**
 * The bytes of a wheel that micropip has to look into, as far as the visitor agreed to it.
 * @param {{ url: string, filename: string, hash: string, plugin: string }} wheel hash: that its index or the link names, or ''
 * @param {SiteIndex} index
 * @param {Map<string, { sha256: string, redirected: string }>} redirections told of a wheel that another host sent: a question of its own
 * @param {OnItem} onItem
 * @returns {Promise<{ bytes?: Uint8Array, fault?: string }>} neither: not agreed
 */
async function agreedWheel({ url, filename, hash, plugin }, index, redirections, onItem) {
  const onBytes = (/** @type {number} */ done, /** @type {number | null} */ total) => onItem(filename, done, total);
  try {
    const agreed = await agreements();
    const ticket = agreed.find(({ kind, key }) => kind === 'address' && key === addressKey(url));
    const before = agreed.find((each) => each.kind === 'wheel' && (hash ? each.key === hash : each.from === url));
    // Whoever names a verified wheel gets the site's own copy.
    const own = verifiedWheel(index, hash);
    if (before || own) {
      const sha256 = before?.key ?? hash;
      const at = own ? SITE_URL + own.path : url;
      try {
        return { bytes: await wheelBytes({ filename, url: at, sha256, wantedBy: [plugin] }, onBytes) };
      } catch (error) {
        // Its host has another file there by now: a new question.
        if (hash || !(error instanceof DownloadError) || error.code !== 'plugin-altered') throw error;
      }
    }
    if (hash || ticket?.kind !== 'address') return {};
    const fetched = await fetchWheel({ filename, url, plugin }, onBytes);
    await revoke([ticket.key]);
    if (fetched.redirected) {
      redirections.set(url, { sha256: fetched.hash, redirected: fetched.redirected });
      return {};
    }
    await agree([{ ...ticket, kind: 'wheel', key: fetched.hash }]);
    return { bytes: fetched.bytes };
  } catch (error) {
    return { fault: JSON.stringify(toFault(error)) };
  }
}

/** @param {SiteIndex} index @param {string} url @returns {Promise<Page | null>} null: there is nothing */
async function indexPage(index, url) {
  const own = indexAnswer(index, url);
  if (own !== undefined) return own;
  const { host } = new URL(url);
  const tried = `Could not look for plugins at ${host}`;
  let answer;
  let text;
  try {
    const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1';
    answer = await fetch(url, { headers: { accept }, credentials: 'omit', signal: AbortSignal.timeout(SILENCE_MS) });
    text = await answer.text();
  } catch (cause) {
    const happened = `${host} did not answer, or does not let other sites read it (CORS)`;
    throw new DownloadError('download-unreachable', { tried, happened, detail: `${url}\n${cause}`, cause });
  }
  if (answer.status === 404) return null;
  if (!answer.ok) throw new DownloadError('download-status', { tried, happened: `it answered ${answer.status}`, detail: url });
  return { text, type: answer.headers.get('content-type') ?? '' };
}

/** For Python, where a JavaScript error would lose what it says. @param {Promise<Page | null>} asking */
async function asAnswer(asking) {
  try {
    return JSON.stringify({ page: await asking });
  } catch (error) {
    return JSON.stringify({ fault: toFault(error) });
  }
}
