/**
 * Files of GitHub releases.
 *
 * github.com/…/releases/download/… answers a page's fetch() on none of its hops, and no other public
 * address holds the file's name. api.github.com tells the file's number and lets other sites read;
 * asked with `Accept: application/octet-stream` it leads to the file. Whether the host behind that
 * redirect lets other sites read has changed over time (kvark/vange-rs#283 found that it does,
 * MaslowCNC/Maslow_4#1025 that it does not), so this is to be tried, and may fail.
 */

import { percentDecode } from './escapes.js';

const ASSET = /^https?:\/\/(?:www\.)?github\.com\/([^/?#]+\/[^/?#]+)\/releases\/(?:download\/([^?#]+)|latest\/download)\/([^/?#]+)(?=$|[?#])/i;

/**
 * Where to ask for a release's file, or null when the address is none.
 *
 * github.com/o/r/releases/download/v1/a.db → { api: 'https://api.github.com/repos/o/r/releases/tags/v1', name: 'a.db' }
 * github.com/o/r/releases/latest/download/a.db → { api: '…/releases/latest', name: 'a.db' }
 * @param {string} url
 * @returns {{ api: string, name: string } | null}
 */
export function releaseAssetLookup(url) {
  const [, repository, tag, name] = ASSET.exec(url) ?? [];
  if (repository === undefined || name === undefined) return null;
  const release = tag === undefined ? 'latest' : `tags/${tag.replaceAll('/', '%2F')}`;
  return { api: `https://api.github.com/repos/${repository}/releases/${release}`, name: percentDecode(name) };
}

/**
 * The address to fetch, with `Accept: application/octet-stream`, for a file of a release.
 * @param {unknown} release  JSON that the API answered
 * @param {string} name
 * @returns {string | null} null: it has no such file
 */
export function assetUrl(release, name) {
  const assets = /** @type {{ assets?: unknown } | null} */ (release)?.assets;
  if (!Array.isArray(assets)) return null;
  const url = assets.find((asset) => asset?.name === name)?.url;
  return typeof url === 'string' && url.startsWith('https://api.github.com/') ? url : null;
}
