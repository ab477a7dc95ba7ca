/**
 * The plugins of a plan: from `install=` to packages that Python can import.
 *
 * Plugins of the site's own list are installed as the list has them. For anything else micropip finds
 * the wheels, once: what it found is kept, so that a restart needs neither it nor the network. Nothing
 * that is not on the list is fetched before the visitor has agreed to exactly that.
 */
import { release } from '../../vendor/release.js';
import { OptionError } from '../shared/faults.js';
import { ConsentNeeded, isSameCode } from '../shared/foreign-code.js';
import { pluginRequest, pluginTitle } from '../shared/plugin-request.js';
import { datasetteRequest } from './datasette-release.js';
import { siteIndex, verifiedWheel } from './plugin-index.js';
import { asForeignCode, resolvedWheels } from './plugin-resolution.js';
import { agreements, keptResolution } from './plugin-store.js';
import { wheelBytes } from './plugin-wheels.js';
import { installWheel } from './python-runtime.js';
import { SITE_URL } from './site.js';

/** @typedef {import('./plan-places.js').Place} Place */
/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./plugin-index.js').SiteIndex} SiteIndex */
/** @typedef {import('./plugin-wheels.js').Wheel} Wheel */
/** @typedef {import('./plugin-resolution.js').OnItem} OnItem */
/** @typedef {{ requests: string[], index: SiteIndex, key: string, kept: Wheel[] | null, loaded: LoadedWheel[] | null }} Order */
/** @typedef {{ wheel: Wheel, bytes: Uint8Array<ArrayBuffer> }} LoadedWheel */
/** @typedef {{ name: string, version: string, sha256: string, origin: string, wanted_by: string[] }} InstalledWheel origin: '' for the site's own list */

/**
 * Everything that can be done about a plan's plugins before Python is up.
 * @param {Place} place
 * @param {{ fresh: boolean }} how fresh: look for newer versions of what is not on the site's list
 * @param {OnItem} onItem told the bytes so far of each wheel
 * @returns {Promise<Order | null>} null for a plan without plugins
 * @throws {ConsentNeeded | OptionError | DownloadError | EngineError}
 */
export async function preparePlugins(place, { fresh }, onItem) {
  const datasette = datasetteRequest(place.plan);
  const plugins = place.plan.options.filter(({ key }) => key === 'install').map(({ value }) => value);
  // Datasette first: plugins have to go with it.
  const requests = datasette === null ? plugins : [datasette, ...plugins];
  if (!requests.length) return null;
  const index = await siteIndex();
  if (release.plugins.onlyVerified) requireVerified(requests, index);
  const key = JSON.stringify([requests, release.plugins, release.apps['datasette']?.packs.map(({ sha256 }) => sha256)]);
  const kept = await keptResolution(key);
  const wheels = listedWheels(requests, index) ?? (fresh ? null : kept);
  return { requests, index, key, kept, loaded: wheels && (await loadWheels(wheels, index, onItem)) };
}

/**
 * Install a plan's plugins into an interpreter that runs.
 * @param {PyodideAPI} python
 * @param {Order} order
 * @param {string} app module of the application
 * @param {OnItem} onItem
 * @returns {Promise<InstalledWheel[]>}
 * @throws {ConsentNeeded | OptionError | DownloadError | EngineError | AggregateError}
 */
export async function installPlugins(python, order, app, onItem) {
  const loaded = order.loaded ?? (await loadWheels(await resolvedWheels(python, order, onItem), order.index, onItem));
  // Datasette loads what it finds when it is imported, all or nothing: it must not find plugins yet.
  // Another release of it is among what is installed here.
  if (!loaded.some(({ wheel }) => wheel.name === 'datasette')) python.pyimport(app).destroy();
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
 * @param {OnItem} onItem
 * @returns {Promise<LoadedWheel[]>}
 */
async function loadWheels(wheels, index, onItem) {
  const foreign = wheels.filter(({ sha256 }) => !verifiedWheel(index, sha256)).map((wheel) => asForeignCode(wheel, index));
  const agreed = await agreements();
  const asked = foreign.filter((code) => !agreed.some((each) => isSameCode(each, code)));
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
