/**
 * Where the bytes behind a link are: pages about a file become the address of the file itself.
 *
 * GitHub and Gist answer a page's fetch() only from their "raw" hosts; the redirects that lead there
 * carry no CORS headers, so following them fails (simonw/datasette-lite#46). Everything that is not
 * one of these pages passes byte for byte: `%2F` and `/` are two addresses (simonw/datasette-lite#70).
 */

import { percentDecode } from './escapes.js';

const RAW_GITHUB = 'https://raw.githubusercontent.com';
const RAW_GIST = 'https://gist.githubusercontent.com';

const GITHUB_FILE = /^https?:\/\/(?:www\.)?github\.com\/([^/?#]+\/[^/?#]+)\/(?:blob|raw)\/([^?#]+)(\?[^#]*)?/i;
const GIST_PAGE = /^https?:\/\/gist\.github\.com\/([^?#]+)/i;
const GIST_ID = /^[\da-f]{20,}$|^\d+$/i;

/**
 * The address to fetch for an address that a visitor wrote.
 *
 * github.com/o/r/blob/main/a.db?raw=true  → raw.githubusercontent.com/o/r/main/a.db
 * github.com/o/r/raw/refs/heads/main/a.db → raw.githubusercontent.com/o/r/refs/heads/main/a.db
 * gist.github.com/user/id                 → gist.githubusercontent.com/user/id/raw
 * gist.github.com/user/id/raw/rev/a.db    → gist.githubusercontent.com/user/id/raw/rev/a.db
 * gist.github.com/id                      → gist.githubusercontent.com/raw/id
 * @param {string} url
 * @returns {string}
 */
export function fetchableUrl(url) {
  const file = GITHUB_FILE.exec(url);
  if (file) return `${RAW_GITHUB}/${file[1]}/${file[2]}${withoutPageSwitches(file[3] ?? '')}`;
  const gist = GIST_PAGE.exec(url);
  if (gist) return rawGist(gist[1] ?? '') ?? url;
  return url;
}

/**
 * Where GitHub keeps the data behind a Git LFS pointer, or null when it is not a GitHub file
 * (simonw/datasette-lite#62).
 * @param {string} url  as visited or as fetched
 * @returns {string | null}
 */
export function lfsUrl(url) {
  const raw = fetchableUrl(url);
  const start = `${RAW_GITHUB}/`;
  return raw.startsWith(start) ? `https://media.githubusercontent.com/media/${raw.slice(start.length)}` : null;
}

/**
 * The name of the file behind an address: the last part of its path, percent-decoded, no query.
 *
 * https://h/a%20b.db?v=1 → 'a b.db'. An escaped slash parts names too (`/o/dir%2Fa.db` → 'a.db').
 * Without a path it is the host's name, and 'data' for a `data:` link.
 * @param {string} url  absolute, or relative to the site
 * @returns {string}
 */
export function fileNameOf(url) {
  if (/^data:/i.test(url)) return 'data';
  const parts = /^(?:[a-z][a-z\d+.-]*:)?(?:\/\/([^/?#\\]*))?([^?#]*)/i.exec(url);
  const names = percentDecode(parts?.[2] ?? '')
    .split(/[/\\]/)
    .filter((name) => !/^\.*$/.test(name));
  return names.at(-1) ?? hostName(parts?.[1] ?? '') ?? 'data';
}

/** @param {string} authority  `user@host:port` @returns {string | null} */
function hostName(authority) {
  return authority.replace(/^.*@/, '').replace(/:\d*$/, '') || null;
}

/** `?raw=true` and `?plain=1` choose how GitHub shows a file; the raw host knows neither. @param {string} query */
function withoutPageSwitches(query) {
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => pair && !/^(raw|plain)=/.test(pair));
  return kept.length ? `?${kept.join('&')}` : '';
}

/**
 * Without a file name the raw host sends the gist's first file, as the page shows it first.
 * @param {string} path  what follows gist.github.com/
 * @returns {string | null} null: not one gist
 */
function rawGist(path) {
  const [first = '', second = '', ...rest] = path.split('/').filter(Boolean);
  if (GIST_ID.test(second)) return withRevision(`${RAW_GIST}/${first}/${second}/raw`, rest);
  if (GIST_ID.test(first)) return withRevision(`${RAW_GIST}/raw/${first}`, second ? [second, ...rest] : []);
  return null;
}

/**
 * @param {string} raw
 * @param {string[]} parts  of the page's path after the id: none, a revision, or raw/…
 */
function withRevision(raw, parts) {
  const after = parts[0] === 'raw' ? parts.slice(1) : parts;
  return [raw, ...after].join('/');
}
