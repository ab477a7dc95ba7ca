/** The site's own package index: the verified plugins and what they need, one version of each. */
import { release } from '../../vendor/release.js';
import { releaseFile } from './release-files.js';
import { SITE_URL } from './site.js';

/**
 * @typedef {{ version: string, path: string, size: number, sha256: string, metadata: string }} IndexedWheel
 *   path: within the site; metadata: what an installer reads of the wheel's METADATA
 * @typedef {{ plugins: Record<string, string[]>, tried: Record<string, Tried>, runsData: string[], wheels: Record<string, IndexedWheel> }} SiteIndex
 *   plugins: the wheels that each needs, its own first; tried: those that do not work; runsData: those that make code of data;
 *   wheels: by project
 * @typedef {{ text: string, type: string }} Page
 */

/** @typedef {import('../shared/foreign-code.js').Tried} Tried */

/** Where a package installer believes it to be. */
const SIMPLE_URL = `${SITE_URL}vendor/plugins/simple`;

/** The index that everybody's packages are in. */
const PUBLIC_INDEX_URL = 'https://pypi.org/simple';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** Package indexes in the order in which they are asked. */
export function indexUrls() {
  return [SIMPLE_URL, ...(release.plugins.onlyVerified ? [] : [release.plugins.publicIndex ?? PUBLIC_INDEX_URL])];
}

/** @returns {Promise<SiteIndex>} */
export async function siteIndex() {
  return (await releaseFile(release.plugins.index)).json();
}

/**
 * What the index answers to an installer: a project's page as PEP 691 has it, or a wheel's
 * metadata as PEP 658 has it.
 * @param {SiteIndex} index
 * @param {string} url
 * @returns {Page | null | undefined} null for what it does not have, undefined for addresses that are none of its
 */
export function indexAnswer({ wheels }, url) {
  const [, project] = url.startsWith(`${SIMPLE_URL}/`) ? /^([^/]+)\/$/.exec(url.slice(SIMPLE_URL.length + 1)) ?? [] : [];
  if (project !== undefined) {
    const wheel = Object.hasOwn(wheels, project) ? wheels[project] : undefined;
    return wheel ? { text: JSON.stringify(projectPage(project, wheel)), type: JSON_TYPE } : null;
  }
  const described = Object.values(wheels).find(({ path }) => url === `${SITE_URL}${path}.metadata`);
  return described && { text: described.metadata, type: 'text/plain' };
}

/**
 * Whether these bytes are of a verified plugin or its needs.
 * @param {SiteIndex} index
 * @param {string} sha256 hex
 * @returns {IndexedWheel | undefined}
 */
export function verifiedWheel({ wheels }, sha256) {
  return Object.values(wheels).find((wheel) => wheel.sha256 === sha256);
}

/** @param {string} name @param {IndexedWheel} wheel */
function projectPage(name, { version, path, size, sha256 }) {
  const file = {
    filename: path.slice(path.lastIndexOf('/') + 1),
    url: SITE_URL + path,
    hashes: { sha256 },
    size,
    'core-metadata': true,
    yanked: false,
  };
  return { meta: { 'api-version': '1.1' }, name, versions: [version], files: [file] };
}
