/**
 * The plugins of a plan: from `install=` to packages that Python can import.
 *
 * Plugins of the site's own list are installed as the list has them. For anything else micropip finds
 * the wheels, once: what it found is kept, so that a restart needs neither it nor the network. Nothing
 * that is not on the list is fetched before the visitor has agreed to exactly that.
 */
import { release } from '../../vendor/release.js';
import { DownloadError, OptionError, reviveFault, toFault } from '../shared/faults.js';
import { addressKey, ConsentNeeded, dataKey } from '../shared/foreign-code.js';
import { pluginRequest, pluginTitle } from '../shared/plugin-request.js';
import { indexAnswer, indexUrls, siteIndex, verifiedWheel } from './plugin-index.js';
import { agree, agreements, keepResolution, keptResolution, revoke } from './plugin-store.js';
import { fetchWheel, wheelBytes } from './plugin-wheels.js';
import { addPacks, installWheel } from './python-runtime.js';
import { SITE_URL } from './site.js';

/** @typedef {import('./plan-places.js').Place} Place */
/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./plugin-index.js').SiteIndex} SiteIndex */
/** @typedef {import('./plugin-index.js').Page} Page */
/** @typedef {import('./plugin-wheels.js').Wheel} Wheel */
/** @typedef {(name: string, done: number, total: number | null) => void} OnItem */
/** @typedef {{ requests: string[], place: Place, index: SiteIndex, key: string, kept: Wheel[] | null, loaded: LoadedWheel[] | null }} Order */
/** @typedef {{ wheel: Wheel, bytes: Uint8Array<ArrayBuffer> }} LoadedWheel */
/** @typedef {{ name: string, version: string, sha256: string, origin: string, wanted_by: string[] }} InstalledWheel origin: '' for the site's own list */

/** An index that says nothing for so long is given up on, in milliseconds. */
const SILENCE_MS = 30_000;

/**
 * Everything that can be done about a plan's plugins before Python is up.
 * @param {Place} place
 * @param {{ fresh: boolean }} how fresh: look for newer versions of what is not on the site's list
 * @param {OnItem} onItem told the bytes so far of each wheel
 * @returns {Promise<Order | null>} null for a plan without plugins
 * @throws {ConsentNeeded | OptionError | DownloadError | EngineError}
 */
export async function preparePlugins(place, { fresh }, onItem) {
  const requests = place.plan.options.filter(({ key }) => key === 'install').map(({ value }) => value);
  if (!requests.length) return null;
  const index = await siteIndex();
  if (release.plugins.onlyVerified) requireVerified(requests, index);
  const key = JSON.stringify([requests, release.plugins, release.apps['datasette']?.packs.map(({ sha256 }) => sha256)]);
  const kept = await keptResolution(key);
  const wheels = listedWheels(requests, index) ?? (fresh ? null : kept);
  return { requests, place, index, key, kept, loaded: wheels && (await loadWheels(wheels, index, place, onItem)) };
}

/**
 * Install a plan's plugins into an interpreter that runs.
 * @param {PyodideAPI} python
 * @param {Order} order
 * @param {OnItem} onItem
 * @returns {Promise<InstalledWheel[]>}
 * @throws {ConsentNeeded | OptionError | DownloadError | EngineError | AggregateError}
 */
export async function installPlugins(python, order, onItem) {
  const loaded = order.loaded ?? (await loadWheels(await resolvedWheels(python, order, onItem), order.index, order.place, onItem));
  for (const { bytes } of loaded) installWheel(python, bytes);
  python.pyimport('importlib').invalidate_caches();
  return loaded.map(({ wheel: { name, version, sha256, url, wantedBy } }) => ({
    name,
    version,
    sha256,
    origin: verifiedWheel(order.index, sha256) ? '' : url,
    wanted_by: wantedBy,
  }));
}

/**
 * The wheels of plugins that are asked for by nothing but names of the site's list.
 * @param {string[]} requests
 * @param {SiteIndex} index
 * @returns {Wheel[] | null}
 */
function listedWheels(requests, { plugins, wheels }) {
  if (!requests.every((request) => Object.hasOwn(plugins, request))) return null;
  /** @type {Map<string, Wheel>} */
  const found = new Map();
  for (const request of requests) {
    for (const name of plugins[request] ?? []) {
      const { version, path, sha256 } = /** @type {import('./plugin-index.js').IndexedWheel} */ (wheels[name]);
      const filename = path.slice(path.lastIndexOf('/') + 1);
      const wheel = found.get(name) ?? { name, version, filename, url: SITE_URL + path, sha256, wantedBy: [] };
      found.set(name, { ...wheel, wantedBy: [...wheel.wantedBy, request] });
    }
  }
  return [...found.values()];
}

/** @param {string[]} requests @param {SiteIndex} index @throws {OptionError} plugin-not-allowed */
function requireVerified(requests, { wheels }) {
  for (const value of requests) {
    const request = pluginRequest(value);
    if (request?.kind === 'name' && Object.hasOwn(wheels, request.name)) continue;
    throw new OptionError('plugin-not-allowed', { tried: `Could not install ${pluginTitle(value)}`, plugin: value });
  }
}

/**
 * @param {readonly Wheel[]} wheels
 * @param {SiteIndex} index
 * @param {Place} place
 * @param {OnItem} onItem
 * @returns {Promise<LoadedWheel[]>}
 */
async function loadWheels(wheels, index, place, onItem) {
  const agreed = new Set((await agreements()).map(({ key }) => key));
  const foreign = wheels.filter(({ sha256 }) => !verifiedWheel(index, sha256) && !agreed.has(sha256));
  const asked = [...foreign.map(asForeignCode), ...dataThatRuns(wheels, index, place).filter(({ key }) => !agreed.has(key))];
  if (asked.length) throw new ConsentNeeded(asked);
  return Promise.all(
    wheels.map(async (wheel) => {
      // Whatever index a verified wheel was found in, this site has it.
      const own = verifiedWheel(index, wheel.sha256);
      const url = own ? SITE_URL + own.path : wheel.url;
      const onBytes = (/** @type {number} */ done, /** @type {number | null} */ total) =>
        onItem(`${wheel.name} ${wheel.version}`, done, total);
      return { wheel: { ...wheel, url }, bytes: await wheelBytes({ ...wheel, url }, onBytes) };
    }),
  );
}

/**
 * Let micropip find the wheels. Where its indexes cannot be reached, what it found before serves on.
 * @param {PyodideAPI} python
 * @param {Order} order
 * @param {OnItem} onItem
 * @returns {Promise<Wheel[]>}
 */
async function resolvedWheels(python, { requests, index, key, kept }, onItem) {
  const { micropip } = release.extras;
  if (micropip) await addPacks(python, [micropip], onItem);
  const asked = requests.map((value) => {
    const request = pluginRequest(value);
    const wheel = request?.kind === 'wheel' ? request : null;
    return { value, url: wheel && new URL(wheel.address, SITE_URL).href, sha256: wheel?.sha256 ?? null };
  });
  const page = (/** @type {string} */ url) => asAnswer(indexPage(index, url));
  const wheel = (/** @type {string} */ url, /** @type {string} */ filename, /** @type {string} */ hash, /** @type {string} */ plugin) =>
    agreedWheel(url, filename, hash, plugin, index, onItem);
  const entry = python.pyimport('datasette_lite.entry');
  const resolution = JSON.parse(await entry.resolve(JSON.stringify(asked), JSON.stringify(indexUrls()), page, wheel));
  if (resolution.faults.length) {
    const faults = resolution.faults.map(reviveFault);
    if (kept && faults.every((/** @type {unknown} */ fault) => fault instanceof DownloadError)) return kept;
    throw new AggregateError(faults);
  }
  /** @type {Wheel[]} */
  const wheels = resolution.wheels;
  // A wheel that was not fetched may need more, so nothing is settled yet.
  const unknown = wheels.filter(({ sha256 }) => !sha256);
  if (resolution.unread) {
    const agreed = new Set((await agreements()).map((each) => each.key));
    const foreign = wheels.filter(({ sha256 }) => sha256 && !verifiedWheel(index, sha256) && !agreed.has(sha256));
    throw new ConsentNeeded([...unknown, ...foreign].map(asForeignCode));
  }
  await keepResolution(key, wheels);
  return wheels;
}

/**
 * Plugins of the site's list that make code of data: who chose the data chooses the code. The
 * site's own plan has the data of the site's owner.
 * @param {readonly Wheel[]} wheels
 * @param {SiteIndex} index
 * @param {Place} place
 * @returns {ForeignCode[]}
 */
function dataThatRuns(wheels, index, { segment, prefix }) {
  if (!segment) return [];
  const from = new URL(prefix, SITE_URL).href;
  return wheels
    .filter(({ name }) => index.runsData.includes(name))
    .map(({ name, version, wantedBy }) => ({ kind: 'data', key: dataKey(name, segment), name, version, from, wantedBy }));
}

/** @param {Wheel} wheel @returns {ForeignCode} */
function asForeignCode({ name, version, url, sha256, wantedBy }) {
  const about = { name, version, from: url, wantedBy };
  return sha256 ? { kind: 'wheel', key: sha256, ...about } : { kind: 'address', key: addressKey(url), ...about };
}

/**
 * The bytes of a wheel that micropip has to look into, as far as the visitor agreed to it.
 * @param {string} url
 * @param {string} filename
 * @param {string} hash that its index names, or ''
 * @param {string} plugin
 * @param {SiteIndex} index
 * @param {OnItem} onItem
 * @returns {Promise<{ bytes?: Uint8Array, fault?: string }>} neither: not agreed
 */
async function agreedWheel(url, filename, hash, plugin, index, onItem) {
  const onBytes = (/** @type {number} */ done, /** @type {number | null} */ total) => onItem(filename, done, total);
  try {
    const agreed = await agreements();
    const ticket = agreed.find(({ key }) => key === addressKey(url));
    const before = agreed.find((each) => each.kind === 'wheel' && (hash ? each.key === hash : each.from === url));
    if (before || (hash && verifiedWheel(index, hash))) {
      const sha256 = before?.key ?? hash;
      try {
        return { bytes: await wheelBytes({ filename, url, sha256, wantedBy: [plugin] }, onBytes) };
      } catch (error) {
        // Its host has another file there by now: a new question.
        if (hash || !(error instanceof DownloadError) || error.code !== 'plugin-altered') throw error;
      }
    }
    if (hash || ticket?.kind !== 'address') return {};
    const fetched = await fetchWheel({ filename, url, plugin }, onBytes);
    await agree([{ ...ticket, kind: 'wheel', key: fetched.hash }]);
    await revoke([ticket.key]);
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
