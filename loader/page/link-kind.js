/**
 * What a visitor pasted into the launcher's field, and where it leads.
 *
 *   https://h/fixtures.db                          → a database
 *   github.com/o/r/blob/main/a.db                  → a database, from raw.githubusercontent.com
 *   https://h/a.db https://h/b.db                  → two databases
 *   https://lite.datasette.io/?url=…#/a/table      → the same link, opened here
 *   https://any.example/x/app/url=…/a/table        → the same page, opened here
 *   https://h/penguins.csv, C:\data.db, s3://b/a   → refused, with the reason
 *   htt                                            → unfinished: no complaint while somebody types
 */
import { OptionError } from '../shared/faults.js';
import { describePlan, parsePath, parseQuery, planQuery } from '../shared/plan.js';
import { fetchableUrl, fileNameOf } from '../shared/source-url.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/**
 * `says`: one line for the visitor. `href`: where "Open" leads, within this site.
 * @typedef {{ kind: 'empty' }
 *         | { kind: 'unfinished', says: string }
 *         | { kind: 'refused', says: string }
 *         | { kind: 'database' | 'old-link' | 'app-link', says: string, href: string }} LinkKind
 */

const UNFINISHED = 'This is not a whole link yet. It looks like https://example.com/data.db';

/** What this version cannot open, by the end of the name; anything else is tried and judged by its content. */
const OTHER_FORMATS = new Map(
  Object.entries({
    csv: 'CSV',
    tsv: 'TSV',
    json: 'JSON',
    ndjson: 'JSON',
    geojson: 'GeoJSON',
    parquet: 'Parquet',
    sql: 'SQL',
    xls: 'Excel',
    xlsx: 'Excel',
    zip: 'compressed',
    gz: 'compressed',
    duckdb: 'DuckDB',
  }),
);

/** The hosts whose root page takes `?url=` as ours does; elsewhere such a link may be the data itself. */
const OLD_LITE = /^(lite\.datasette\.io|[^/]+\/datasette-lite)$/i;

/**
 * @param {string} text  as typed or pasted
 * @param {string} siteUrl  absolute, ending in a slash
 * @returns {LinkKind}
 */
export function linkKind(text, siteUrl) {
  const words = text.trim().split(/\s+(?=https?:\/\/)/i);
  const first = words[0] ?? '';
  if (!first) return { kind: 'empty' };
  try {
    if (words.length > 1) return databases(words, siteUrl);
    return unreadable(first) ?? ownLink(withScheme(first), siteUrl) ?? databases([withScheme(first)], siteUrl);
  } catch (error) {
    if (error instanceof OptionError) return refused(error.message);
    throw error;
  }
}

/** @param {string} text @returns {LinkKind | null} */
function unreadable(text) {
  if (/^([a-z]:[\\/]|\\\\|~?\/|file:)/i.test(text)) {
    return refused('This is a file on this device. This version opens links: put the file on the web and paste its address.');
  }
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme && scheme !== 'http' && scheme !== 'https') {
    return refused(`A browser cannot download from ${scheme}:// addresses. Use an https:// link.`);
  }
  if (/^data:/i.test(text)) return null;
  const host = withScheme(text).match(/^https?:\/\/([^/?#]*)/i)?.[1] ?? '';
  const isHost = /^(localhost|\[.+\]|.+\..+)(:\d+)?$/i.test(host.replace(/^.*@/, ''));
  return isHost && URL.canParse(withScheme(text)) ? null : { kind: 'unfinished', says: UNFINISHED };
}

/** People leave out the scheme as the address bar does. @param {string} text */
function withScheme(text) {
  if (/^(https?:\/\/|data:)/i.test(text)) return text;
  return `${/^(localhost|127\.|\[)/i.test(text) ? 'http' : 'https'}://${text}`;
}

/**
 * A link into this site, another copy of it, or Datasette Lite's old home.
 * @param {string} text
 * @param {string} siteUrl
 * @returns {LinkKind | null}
 */
function ownLink(text, siteUrl) {
  if (/^data:/i.test(text)) return null;
  const url = new URL(text);
  const site = new URL(siteUrl);
  const isHere = url.origin === site.origin;
  // The scope of a copy elsewhere ends where `app/` and a plan follow.
  const scope = isHere ? site.pathname : /^(.*?\/)app\/[^/]*=/.exec(url.pathname)?.[1];
  const rest = url.search + url.hash;
  const place = scope === undefined ? null : parsePath(url.pathname, scope);
  if (place) {
    const href = `${site.pathname}app/${url.pathname.slice(`${scope}app/`.length)}${rest}`;
    return { kind: 'app-link', says: `A page of ${place.plan ? describePlan(place.plan) : 'this site'}`, href };
  }
  const home = url.host + url.pathname.replace(/\/(index\.html)?$/, '');
  if (!(isHere && isRoot(url, site)) && !OLD_LITE.test(home) && !url.hash.startsWith('#/')) return null;
  const plan = parseQuery(url.search);
  return plan && { kind: 'old-link', says: `A Datasette Lite link to ${describePlan(plan)}`, href: site.pathname + rest };
}

/** @param {URL} url @param {URL} site */
function isRoot(url, site) {
  return url.pathname === site.pathname || url.pathname === `${site.pathname}index.html`;
}

/**
 * @param {string[]} links
 * @param {string} siteUrl
 * @returns {LinkKind}
 */
function databases(links, siteUrl) {
  for (const link of links) {
    const format = OTHER_FORMATS.get(/\.([a-z]+)$/i.exec(fileNameOf(link))?.[1]?.toLowerCase() ?? '');
    if (format) return refused(`This is a ${format} file. This version opens SQLite databases.`);
    if (isMixedContent(link, siteUrl)) {
      return refused('A page that came over https may not load data over http. Try the same link with https:// in front.');
    }
  }
  const query = links.map((link) => `url=${encodeURIComponent(link)}`).join('&');
  const plan = /** @type {Plan} */ (parseQuery(`?${query}`));
  return { kind: 'database', says: sentence(plan, links), href: new URL(siteUrl).pathname + planQuery(plan) };
}

/** @param {Plan} plan @param {string[]} links */
function sentence(plan, links) {
  const what = links.length > 1 ? `${links.length} databases: ${describePlan(plan)}` : `Database ${describePlan(plan)}`;
  const first = links[0] ?? '';
  if (links.length > 1 || /^data:/i.test(first)) return what;
  return `${what}, from ${new URL(fetchableUrl(first)).host}`;
}

/** Browsers make an exception for the device itself. @param {string} link @param {string} siteUrl */
function isMixedContent(link, siteUrl) {
  return siteUrl.startsWith('https:') && /^http:\/\/(?!localhost\b|127\.|\[::1\])/i.test(link);
}

/** @param {string} says @returns {LinkKind} */
function refused(says) {
  return { kind: 'refused', says };
}
