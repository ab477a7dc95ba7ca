/** Files of this device, which the launcher keeps in Cache Storage by the hash of their content. */
import { SITE_URL, storageName } from './site.js';

/**
 * @param {string} sha256 hex
 * @returns {Promise<Blob | null>} null where this browser does not have it
 */
export async function keptFile(sha256) {
  const cache = await caches.open(storageName('files'));
  const kept = await cache.match(`${SITE_URL}-/files/${sha256}`);
  return kept ? kept.blob() : null;
}
