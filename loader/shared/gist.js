/** Gists: their pages, and where their files are. */

const RAW_GIST = 'https://gist.githubusercontent.com';

const GIST_PAGE = /^https?:\/\/gist\.github\.com\/([^?#]+)/i;
const GIST_ID = /^[\da-f]{20,}$|^\d+$/i;

/**
 * The file of a gist, or null for any other address.
 *
 * gist.github.com/user/id              → gist.githubusercontent.com/user/id/raw
 * gist.github.com/user/id/raw/rev/a.db → gist.githubusercontent.com/user/id/raw/rev/a.db
 * gist.github.com/id                   → gist.githubusercontent.com/raw/id
 *
 * Without a file name the raw host sends the gist's first file, as the page shows it first.
 * @param {string} url
 * @returns {string | null}
 */
export function gistFile(url) {
  const path = GIST_PAGE.exec(url)?.[1] ?? '';
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
