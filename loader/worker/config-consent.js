/** Whether the visitor agreed to the code that a plan's configuration holds. */
import { release } from '../../vendor/release.js';
import { isSameCode } from '../shared/foreign-code.js';
import { optionNamed } from '../shared/plan.js';
import { agreements } from './plugin-store.js';
import { sha256 } from './release-files.js';

/** @typedef {import('./sources.js').LoadedSource} LoadedSource */

/**
 * The sources, those of configuration with their hash, which is what the visitor agrees to.
 * @param {readonly LoadedSource[]} sources
 * @returns {Promise<(LoadedSource & { sha256?: string, agreed?: boolean })[]>}
 */
export async function withConsents(sources) {
  return Promise.all(
    sources.map(async (source) => {
      if (optionNamed(source.option)?.kind !== 'address' || !source.bytes) return source;
      const hash = await sha256(source.bytes);
      const agreed = !release.plugins.onlyVerified && (await agreements()).some((each) => isSameCode(each, { kind: 'configuration', key: hash }));
      return { ...source, sha256: hash, agreed };
    }),
  );
}
