/**
 * Whether the code that a plan's configuration holds may run: the visitor agreed to it, or it is the site's
 * own. Whoever writes a site's lite.json could as well have changed the site.
 */
import { release } from '../../vendor/release.js';
import { isSameCode } from '../shared/foreign-code.js';
import { optionNamed } from '../shared/plan.js';
import { agreements } from './plugin-store.js';
import { sha256 } from './release-files.js';

/** @typedef {import('./sources.js').LoadedSource} LoadedSource */

/**
 * The sources, those of configuration with their hash, which is what the visitor agrees to.
 * @param {readonly LoadedSource[]} sources
 * @param {string} segment of the plan; '' for the site's own, which no link can change
 * @returns {Promise<(LoadedSource & { sha256?: string, agreed?: boolean })[]>}
 */
export async function withConsents(sources, segment) {
  return Promise.all(
    sources.map(async (source) => {
      if (optionNamed(source.option)?.kind !== 'address' || !source.bytes) return source;
      const hash = await sha256(source.bytes);
      return { ...source, sha256: hash, agreed: segment === '' || (await isAgreed(hash)) };
    }),
  );
}

/** @param {string} hash */
async function isAgreed(hash) {
  if (release.plugins.onlyVerified) return false;
  return (await agreements()).some((each) => isSameCode(each, { kind: 'configuration', key: hash }));
}
