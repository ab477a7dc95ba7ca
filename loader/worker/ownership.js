/** Which requests are answered by an application, which by the shell, and which are none of ours. */
import { parsePath } from '../shared/plan.js';
import { release } from '../../vendor/release.js';
import { isLoaderAddress } from './release-files.js';
import { SITE_PATH } from './site.js';

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const shellPaths = new Set(release.shell.map((file) => SITE_PATH + file.path));

/**
 * - `app`: below `app/`, answered by the plan's application;
 * - `shell`: the shell or one of the release's own small files;
 * - `stray`: same origin, but nothing of the shell: perhaps a page under `app/` that ignored its
 *   prefix (`redirectIntoPrefix` finds out);
 * - `foreign`: left to the browser.
 * @param {Request} request
 * @returns {'app' | 'shell' | 'stray' | 'foreign'}
 */
export function ownershipOf(request) {
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return 'foreign';
  if (url.pathname.startsWith(`${SITE_PATH}app/`)) return 'app';
  if (url.pathname === SITE_PATH || shellPaths.has(url.pathname) || isLoaderAddress(url.pathname)) return 'shell';
  // What the build made and the page may ask for itself; `sw.js` is read afresh when looking for updates.
  if (url.pathname === `${SITE_PATH}sw.js` || url.pathname.startsWith(`${SITE_PATH}vendor/`)) return 'foreign';
  return 'stray';
}

/**
 * Send a request that a page under `app/` meant for its application into that application's
 * prefix, as plugins that ignore `base_url` need; let every other request go to the network.
 * 307 keeps method and body (RFC 9110, 15.4.8).
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
export async function redirectIntoPrefix(event) {
  const from = await askingPage(event);
  const place = from && parsePlace(from);
  if (!place) return fetch(event.request);
  const url = new URL(event.request.url);
  const path = url.pathname.startsWith(SITE_PATH) ? url.pathname.slice(SITE_PATH.length) : url.pathname.slice(1);
  return Response.redirect(new URL(place.prefix + path + url.search, url.origin).href, 307);
}

/** @param {URL} url */
function parsePlace(url) {
  try {
    return url.origin === worker.location.origin ? parsePath(url.pathname, SITE_PATH) : null;
  } catch {
    return null; // A page whose own address is no plan asks for nothing in a prefix.
  }
}

/**
 * The page a request comes from. A navigation has no client yet, only a referrer.
 * @param {FetchEvent} event
 * @returns {Promise<URL | null>}
 */
async function askingPage(event) {
  const client = event.clientId ? await worker.clients.get(event.clientId) : undefined;
  const address = client?.url || event.request.referrer;
  return URL.canParse(address) ? new URL(address) : null;
}
