/**
 * Consent to what verified plugins make of data: some show HTML of it, or run scripts that it holds.
 * Who made the data, or the query in a link, then chooses the code.
 */
import { release } from '../../vendor/release.js';
import { contentHash } from '../shared/content-hash.js';
import { ConsentNeeded, isSameCode } from '../shared/foreign-code.js';
import { keptCopy, storeKey } from './kept-copies.js';
import { canonicalPlace } from './plan-places.js';
import { agreements } from './plugin-store.js';
import { SITE_URL } from './site.js';

/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {import('./plan-places.js').Place} Place */
/** @typedef {import('./plugin-index.js').SiteIndex} SiteIndex */
/** @typedef {import('./sources.js').LoadedSource} LoadedSource */
/** @typedef {{ name: string, version: string, sha256: string, wantedBy: string[] }} DataRunner a plugin that runs data */

/** What a value would have to hold to become markup or a script. */
const MARKUP = /[<>"'`]|javascript:/i;

/** Parameters of Datasette's pages that are SQL, or part of it: a condition can make rows, by `union select`. */
const SQL_KEYS = new Set(['sql', '_where']);

/**
 * The plugins among some wheels that run data. Their hashes decide: a link gives its wheels whatever names it likes.
 * @param {readonly DataRunner[]} wheels
 * @param {SiteIndex} index
 * @returns {DataRunner[]}
 */
export function dataRunners(wheels, index) {
  const hashes = new Set(index.runsData.map((name) => index.wheels[name]?.sha256));
  return wheels.filter(({ name, sha256 }) => index.runsData.includes(name) || hashes.has(sha256));
}

/**
 * Make sure that the visitor agreed to this very data, byte for byte, and read in this way. Of a database
 * that stays at its host only the host can say which it is. The site's own plan has the data of the site's owner.
 * @param {readonly DataRunner[]} runners
 * @param {Place} place
 * @param {readonly LoadedSource[]} sources
 * @param {number | undefined} importedAt when what is in storage as tables was imported
 * @returns {Promise<string[]>} keys of the agreements
 * @throws {ConsentNeeded}
 */
export async function requireDataConsent(runners, { segment, prefix }, sources, importedAt) {
  if (!segment || !runners.length) return [];
  const hash = await dataHash(segment, sources, importedAt);
  const from = new URL(prefix, SITE_URL).href;
  /** @type {ForeignCode[]} */
  const asked = runners.map(({ name, version, sha256, wantedBy }) => ({ kind: 'data', key: `data:${sha256} ${hash}`, name, version, from, wantedBy }));
  await requireAgreed(asked);
  return asked.map(({ key }) => key);
}

/**
 * Make sure that the visitor agreed to the query that a link brings, as its results are data, too.
 * Queries that pages of the same plan ask are the visitor's own.
 * @param {readonly DataRunner[]} runners
 * @param {Place} place
 * @param {string} referrer of the page; '' for none
 * @throws {ConsentNeeded}
 */
export async function requireQueryConsent(runners, { segment, url }, referrer) {
  const { pathname, searchParams } = new URL(url);
  if (!runners.length || !bringsData(searchParams) || (await isOfPlan(referrer, segment))) return;
  const hash = await contentHash(new Blob([JSON.stringify([pathname, ...searchParams])]));
  await requireAgreed(
    runners.map(({ name, version, sha256, wantedBy }) => ({ kind: 'query', key: `query:${sha256} ${hash}`, name, version, from: url, wantedBy })),
  );
}

/** @param {ForeignCode[]} code @throws {ConsentNeeded} */
async function requireAgreed(code) {
  const agreed = await agreements();
  const asked = code.filter((each) => !agreed.some((agreement) => isSameCode(agreement, each)));
  if (asked.length) throw new ConsentNeeded(asked);
}

/** @param {URLSearchParams} params */
function bringsData(params) {
  return [...params].some(([key, value]) => SQL_KEYS.has(key) || MARKUP.test(key) || MARKUP.test(value));
}

/** @param {string} address @param {string} segment */
async function isOfPlan(address, segment) {
  if (!address.startsWith(`${SITE_URL}app/`)) return false;
  return canonicalPlace(address).then((place) => place.segment === segment, () => false);
}

/**
 * Hash of all that a plan's sources hold, and of how they are read: the same before and after an import.
 * @param {string} segment
 * @param {readonly LoadedSource[]} sources
 * @param {number | undefined} importedAt for data of which nothing but its tables was kept
 */
async function dataHash(segment, sources, importedAt) {
  const parts = await Promise.all(
    sources.map(async (source) => {
      const { option, value, settings } = source;
      // A configuration says what is run by the names of databases and tables; whether a file is fetched whole changes nothing.
      const what = [option, value, Object.entries(settings).filter(([name]) => name !== 'fetch')];
      return [...what, (await versionOf(segment, source)) ?? `${source.fault?.code ?? importedAt}`];
    }),
  );
  return contentHash(new Blob([JSON.stringify(parts)]));
}

/**
 * What tells a source's content from any other; of a database that stays at its host, what the host says.
 * @param {string} segment
 * @param {LoadedSource} source
 * @returns {Promise<string | null>} null where nothing is known of it
 */
async function versionOf(segment, { option, url, original, remote, parquetFile, bytes, fault }) {
  if (remote) return remote.version;
  // The name of such a file holds its hash.
  if (option === 'file') return '';
  const own = release.demo.find(({ path }) => SITE_URL + path === url);
  if (own) return own.sha256;
  const blob = original ?? parquetFile ?? (bytes && new Blob([bytes])) ?? (fault ? null : (await keptCopy(storeKey(segment, url)))?.blob);
  return blob ? contentHash(blob) : null;
}
