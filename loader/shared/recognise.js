/**
 * What somebody typed or pasted into the launcher's field, and where it leads.
 *
 *   https://h/fixtures.db                          → link, url
 *   github.com/o/r/blob/main/a.csv.gz              → link, csv
 *   https://h/download?id=7                        → link, data: its content decides
 *   https://h/a.db https://h/b.csv                 → links
 *   name,age⏎Anna,7                                → pasted, csv
 *   https://lite.datasette.io/?url=…#/a/table      → old-link, opened here
 *   https://any.example/x/app/url=…/a/table        → app-link, the same page opened here
 *   C:\data.db, s3://b/a, {"a": 1,}                → refused, with the reason
 *   htt                                            → null: no complaint while somebody types
 */

import { OptionError } from './faults.js';
import { linkQuery } from './link-query.js';
import { pastedData } from './pasted-data.js';
import { parsePath, parseQuery, planOf } from './plan.js';
import { fileNameOf } from './source-url.js';

/** @typedef {import('./plan.js').Plan} Plan */
/**
 * plan: what it opens. href: where it leads, within this site. url: whole, with a scheme.
 * dataUrl: null when the text is too long for a link and has to become a file of this device.
 * @typedef {{ option: string, url: string }} Link
 * @typedef {{ kind: 'link', option: string, url: string, plan: Plan }
 *         | { kind: 'links', links: Link[], plan: Plan }
 *         | { kind: 'pasted', format: import('./pasted-data.js').PastedFormat, dataUrl: string | null, plan: Plan | null }
 *         | { kind: 'old-link', plan: Plan, href: string }
 *         | { kind: 'app-link', plan: Plan | null, href: string }
 *         | { kind: 'refused', reason: string }} Recognised
 */

/** The option for a file's name by its ending. Packed databases are for `data`, which unpacks. */
const ENDINGS = new Map(
  Object.entries({
    url: ['db', 'db3', 's3db', 'sl3', 'sqlite', 'sqlite2', 'sqlite3', 'sqlitedb'],
    csv: ['csv'],
    tsv: ['tsv', 'tab'],
    json: ['json', 'ndjson', 'jsonl', 'geojson'],
    parquet: ['parquet', 'parq'],
    sql: ['sql'],
    xlsx: ['xlsx'],
  }).flatMap(([option, endings]) => endings.map((ending) => [ending, option])),
);

/** The hosts whose root page takes `?url=` as ours does; elsewhere such a link may be the data itself. */
const OLD_LITE = /^(lite\.datasette\.io|[^/]+\/datasette-lite)$/i;

/**
 * @param {string} text  as typed or pasted
 * @param {string} siteUrl  absolute, ending in a slash
 * @returns {Recognised | null} null: nothing yet
 */
export function recognise(text, siteUrl) {
  const trimmed = text.trim();
  try {
    const links = trimmed.split(/\s+(?=https?:\/\/)/i);
    if (links.length > 1 && links.every(isAddress)) return linksTo(links, siteUrl);
    const link = unwrapped(trimmed);
    const reason = unreadable(link);
    if (reason) return refused(reason);
    if (isData(trimmed)) return pasted(text);
    return isWhole(link) ? oneLink(withScheme(link), siteUrl) : null;
  } catch (error) {
    if (error instanceof OptionError) return refused(error.message);
    throw error;
  }
}

/**
 * Which option opens the file behind a link: by the ending of its name, else `data`.
 * @param {string} url
 * @returns {string}
 */
export function optionFor(url) {
  const type = /^data:([^;,]*)/i.exec(url)?.[1]?.toLowerCase();
  if (type !== undefined) return /\/(csv|json)$/.exec(type)?.[1] ?? 'data';
  const name = fileNameOf(url).toLowerCase();
  const unpacked = name.replace(/\.(gz|zip)$/, '');
  const option = ENDINGS.get(/\.([a-z\d]+)$/.exec(unpacked)?.[1] ?? '') ?? 'data';
  return option === 'url' && unpacked !== name ? 'data' : option;
}

/** @param {string} text @returns {Recognised | null} */
function pasted(text) {
  try {
    const data = pastedData(text);
    if (!data) return text.trimStart().startsWith('<') ? refused('This is HTML or XML. Paste CSV, JSON or SQL, or a link.') : null;
    const plan = data.dataUrl === null ? null : planOf([{ option: data.format, value: data.dataUrl }]);
    return { kind: 'pasted', ...data, plan };
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`This looks like JSON, but is damaged: ${error.message}.`);
    throw error;
  }
}

/** @param {string} url @param {string} siteUrl */
function oneLink(url, siteUrl) {
  return ownLink(url, siteUrl) ?? linksTo([url], siteUrl);
}

/** @param {string[]} urls @param {string} siteUrl @returns {Recognised} */
function linksTo(urls, siteUrl) {
  if (urls.some((url) => isMixedContent(url, siteUrl))) {
    return refused('A page that came over https may not load data over http. Try the same link with https:// in front.');
  }
  const links = urls.map((url) => ({ option: optionFor(url), url }));
  const plan = planOf(links.map(({ option, url }) => ({ option, value: url })));
  const [link] = links;
  return links.length === 1 && link ? { kind: 'link', ...link, plan } : { kind: 'links', links, plan };
}

/** Why a browser cannot fetch this at all, if it is one line and plainly so. @param {string} text @returns {string | null} */
function unreadable(text) {
  if (/^([a-z]:[\\/]|\\\\|~?\/(?!\*)|file:)[^\r\n]*$/i.test(text)) {
    return 'A web page cannot read a file of this device by its path. Choose the file, or drop it here.';
  }
  const scheme = /^([a-z][a-z\d+.-]*):\/\/[^\r\n]*$/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'http' || scheme === 'https') return null;
  return `A browser cannot download from ${scheme}:// addresses. Use an https:// link.`;
}

/** Links come in <…> and “…”. @param {string} word */
function unwrapped(word) {
  return word.replace(/^[<"'“](.*)[>"'”]$/, '$1');
}

/** An address on one line, be it with spaces. @param {string} text */
function isAddress(text) {
  return /^(https?:\/\/|data:)[^\r\n\t]*$/i.test(text);
}

/** Data has several lines or words, or begins as JSON does; `[::1]` is a host. @param {string} text */
function isData(text) {
  return !isAddress(text) && (/\s/.test(text) || /^[[{]/.test(text)) && !/^\[[\da-f:.]*\]/i.test(text);
}

/** Whether a link is more than a beginning. @param {string} word */
function isWhole(word) {
  if (/^data:/i.test(word)) return word.includes(',');
  const host = /^https?:\/\/([^/?#]*)/i.exec(withScheme(word))?.[1] ?? '';
  return /^(localhost|\[.+\]|.+\..+)(:\d+)?$/i.test(host.replace(/^.*@/, '')) && URL.canParse(withScheme(word));
}

/** People leave out the scheme as the address bar does. @param {string} word */
function withScheme(word) {
  if (/^(https?:\/\/|data:)/i.test(word)) return word;
  return `${/^(localhost|127\.|\[)/i.test(word) ? 'http' : 'https'}://${word}`;
}

/**
 * A link into this site, another copy of it, or Datasette Lite's old home.
 * @param {string} link
 * @param {string} siteUrl
 * @returns {Recognised | null}
 */
function ownLink(link, siteUrl) {
  if (/^data:/i.test(link)) return null;
  const url = new URL(link);
  const site = new URL(siteUrl);
  const isHere = url.origin === site.origin;
  // The scope of a copy elsewhere ends where `app/` and a plan follow.
  const scope = isHere ? site.pathname : /^(.*?\/)app\/[^/]*=/.exec(url.pathname)?.[1];
  const rest = url.search + url.hash;
  const place = scope === undefined ? null : parsePath(url.pathname, scope);
  if (place) {
    const href = `${site.pathname}app/${url.pathname.slice(`${scope}app/`.length)}${rest}`;
    return { kind: 'app-link', plan: place.plan, href };
  }
  const home = url.host + url.pathname.replace(/\/(index\.html)?$/, '');
  if (!(isHere && isRoot(url, site)) && !OLD_LITE.test(home) && !url.hash.startsWith('#/')) return null;
  const plan = parseQuery(linkQuery(url).search);
  return plan && { kind: 'old-link', plan, href: site.pathname + rest };
}

/** @param {URL} url @param {URL} site */
function isRoot(url, site) {
  return url.pathname === site.pathname || url.pathname === `${site.pathname}index.html`;
}

/** Browsers make an exception for the device itself. @param {string} link @param {string} siteUrl */
function isMixedContent(link, siteUrl) {
  return siteUrl.startsWith('https:') && /^http:\/\/(?!localhost\b|127\.|\[::1\])/i.test(link);
}

/** @param {string} reason @returns {Recognised} */
function refused(reason) {
  return { kind: 'refused', reason };
}
