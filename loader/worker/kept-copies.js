/** What was downloaded for a plan, kept in Cache Storage: a worker's death costs no second download. */
import { SITE_URL, storageName } from './site.js';

/**
 * @typedef {{ blob: Blob, fetched: number, redirected?: string }} KeptCopy
 *   fetched: seconds since 1970; redirected: the other host's address that it came from
 */

const CACHE = storageName('data');

/**
 * Address of a copy in the store: within the site, below a folder that nothing else uses.
 * @param {string} segment the plan's own part
 * @param {string} name an absolute URL, or the path of a database that was made of others
 */
export function storeKey(segment, name) {
  return `${SITE_URL}-/data/${encodeURIComponent(segment)}/${encodeURIComponent(name)}`;
}

/** @param {string} key @returns {Promise<KeptCopy | undefined>} */
export async function keptCopy(key) {
  const kept = await caches.open(CACHE).then((cache) => cache.match(key)).catch(() => undefined);
  if (!kept) return undefined;
  const redirected = kept.headers.get('x-redirected') ?? undefined;
  return { blob: await kept.blob(), fetched: Number(kept.headers.get('x-fetched')), redirected };
}

/**
 * @param {string} key
 * @param {Blob} blob
 * @param {number} fetched
 * @param {string} [redirected]
 * @throws {DOMException} when storage is full or refused
 */
export async function keepCopy(key, blob, fetched, redirected) {
  const cache = await caches.open(CACHE);
  await cache.put(key, new Response(blob, { headers: { 'x-fetched': String(fetched), ...(redirected && { 'x-redirected': redirected }) } }));
}

/**
 * Copy all that is kept for a plan to another, in place of what that has: changes apply to nothing else.
 * @param {string} from segment
 * @param {string} to segment
 * @param {(name: string) => string} nameThere
 * @throws {DOMException} when storage is full or refused
 */
export async function copyKept(from, to, nameThere) {
  const cache = await caches.open(CACHE);
  const folder = storeKey(from, '');
  for (const { url } of await cache.keys()) {
    if (!url.startsWith(folder)) continue;
    const key = storeKey(to, nameThere(decodeURIComponent(url.slice(folder.length))));
    const kept = await cache.match(url);
    if (kept) await cache.put(key, kept);
  }
}
