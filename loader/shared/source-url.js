/**
 * Where the bytes behind a link are: pages about a file become the address of the file itself.
 *
 * Hosts answer a page's fetch() only from some of their addresses; redirects that lead there often
 * carry no CORS headers, so following them fails (simonw/datasette-lite#46). Everything that is not
 * one of these pages passes byte for byte: `%2F` and `/` are two addresses (simonw/datasette-lite#70).
 */

import { percentDecode } from './escapes.js';
import { gistFile } from './gist.js';
import { isGoogleSheet, sheetDownload } from './google-sheet.js';

const RAW_GITHUB = 'https://raw.githubusercontent.com';

/**
 * A page's address, and what to make of its parts. `Part` is between slashes, `Rest` what follows
 * up to the query. Where a branch's name may hold a slash, its first part is taken for all of it.
 * @typedef {{ page: RegExp, file: (...parts: string[]) => string }} Rewriting
 * @type {readonly Rewriting[]}
 */
const REWRITINGS = [
  // github.com/o/r/blob/main/a.db?raw=true  → raw.githubusercontent.com/o/r/main/a.db
  // github.com/o/r/raw/refs/heads/main/a.db → raw.githubusercontent.com/o/r/refs/heads/main/a.db
  {
    page: /^https?:\/\/(?:www\.)?github\.com\/([^/?#]+\/[^/?#]+)\/(?:blob|raw)\/([^?#]+)(\?[^#]*)?/i,
    file: (repository, path, query) => `${RAW_GITHUB}/${repository}/${path}${without(query, ['raw', 'plain'])}`,
  },
  // huggingface.co/datasets/o/n/blob/refs%2Fconvert%2Fparquet/a.parquet → …/resolve/…
  {
    page: /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/((?:datasets\/|spaces\/)?[^/?#]+(?:\/[^/?#]+)?)\/blob\/([^?#]+)(\?[^#]*)?/i,
    file: (repository, path, query = '') => `https://huggingface.co/${repository}/resolve/${path}${query}`,
  },
  // www.dropbox.com/scl/fi/<id>/a.csv?rlkey=x&dl=0 → dl.dropboxusercontent.com/scl/fi/<id>/a.csv?rlkey=x
  {
    page: /^https?:\/\/(?:(?:www|dl)\.)?dropbox\.com\/((?:s|scl\/fi)\/[^/?#]+\/[^?#]+)(\?[^#]*)?/i,
    file: (path, query) => `https://dl.dropboxusercontent.com/${path}${without(query, ['dl', 'raw'])}`,
  },
  // gitlab.com/g/s/r/-/blob/main/x/a.csv → gitlab.com/api/v4/projects/g%2Fs%2Fr/repository/files/x%2Fa.csv/raw?ref=main
  // Of gitlab.com only the API lets other sites read (packagecontrol/thecrawl#204).
  {
    page: /^https?:\/\/gitlab\.com\/([^?#]+?)\/-\/(?:blob|raw)\/([^/?#]+)\/([^?#]+)/i,
    file: (project, revision, path) =>
      `https://gitlab.com/api/v4/projects/${slashless(project)}/repository/files/${slashless(path)}/raw?ref=${inQuery(revision)}`,
  },
  // codeberg.org/o/r/src/branch/main/x/a.csv → codeberg.org/api/v1/repos/o/r/raw/x/a.csv?ref=main
  // As with GitLab, the API does.
  {
    page: /^https?:\/\/codeberg\.org\/([^/?#]+\/[^/?#]+)\/(?:src|raw|media)\/(?:branch|tag|commit)\/([^/?#]+)\/([^?#]+)/i,
    file: (repository, revision, path) =>
      `https://codeberg.org/api/v1/repos/${repository}/raw/${path}?ref=${inQuery(revision)}`,
  },
  // bitbucket.org/o/r/src/main/a.csv → bitbucket.org/o/r/raw/main/a.csv
  {
    page: /^https?:\/\/bitbucket\.org\/([^/?#]+\/[^/?#]+)\/src\/([^/?#]+\/[^?#]+)/i,
    file: (repository, path) => `https://bitbucket.org/${repository}/raw/${path}`,
  },
  // zenodo.org/records/1/files/a.csv?download=1 → zenodo.org/api/records/1/files/a.csv/content
  // Only the latter has CORS headers (zenodo/zenodo#2593).
  {
    page: /^https?:\/\/(?:www\.)?zenodo\.org\/records?\/(\d+)\/(?:files|preview)\/([^/?#]+)(?=$|[?#])/i,
    file: (record, name) => `https://zenodo.org/api/records/${record}/files/${name}/content`,
  },
];

/** Addresses whose last part is not the file's name, which stands before it. */
const NAME_WITHIN = /^https?:\/\/(?:gitlab\.com\/api\/v4\/projects\/[^/?#]+\/repository|zenodo\.org\/api\/records\/\d+)\/files\/([^/?#]+)\/(?:raw|content)(?=$|[?#])/i;

const GOOGLE_DRIVE = /^https?:\/\/(?:drive(?:\.usercontent)?\.google\.com\/|docs\.google\.com\/uc(?=$|[?#]))/i;

/**
 * The address to fetch for an address that a visitor wrote.
 * @param {string} url
 * @param {string} [option]  that it was written after: `xlsx` takes all of a Google sheet
 * @returns {string}
 */
export function fetchableUrl(url, option = 'data') {
  for (const { page, file } of REWRITINGS) {
    const parts = page.exec(url);
    if (parts) return file(...parts.slice(1));
  }
  return sheetDownload(url, option) ?? gistFile(url) ?? url;
}

/**
 * Where the data behind a Git LFS pointer is (simonw/datasette-lite#62), or null when its host keeps
 * such data nowhere that we know of.
 * @param {string} url  as visited or as fetched
 * @returns {string | null}
 */
export function lfsUrl(url) {
  const raw = fetchableUrl(url);
  if (raw.startsWith(`${RAW_GITHUB}/`)) {
    return `https://media.githubusercontent.com/media/${raw.slice(RAW_GITHUB.length + 1)}`;
  }
  if (/^https:\/\/gitlab\.com\/api\/v4\/.+\/raw\?ref=[^&]*$/.test(raw)) return `${raw}&lfs=true`;
  const codeberg = raw.replace(/^(https:\/\/codeberg\.org\/api\/v1\/repos\/[^/]+\/[^/]+)\/raw\//, '$1/media/');
  if (codeberg !== raw) return codeberg;
  const huggingFace = raw.replace(/^(https:\/\/huggingface\.co\/(?:datasets\/|spaces\/)?[^/?#]+(?:\/[^/?#]+)?)\/raw\//, '$1/resolve/');
  return huggingFace === raw ? null : huggingFace;
}

/**
 * The name of the file behind an address: the last part of its path, percent-decoded, no query.
 *
 * https://h/a%20b.db?v=1 → 'a b.db'. An escaped slash parts names too (`/o/dir%2Fa.db` → 'a.db').
 * Without a path it is the host's name, 'data' for a `data:` link, 'sheet' for a Google sheet and
 * 'Google Drive file' for one, whose addresses do not tell their names.
 * @param {string} url  absolute, or relative to the site; as visited or as fetched
 * @returns {string}
 */
export function fileNameOf(url) {
  if (/^data:/i.test(url)) return 'data';
  if (isGoogleSheet(url)) return 'sheet';
  if (GOOGLE_DRIVE.test(url)) return 'Google Drive file';
  const parts = /^(?:[a-z][a-z\d+.-]*:)?(?:\/\/([^/?#\\]*))?([^?#]*)/i.exec(url);
  const path = NAME_WITHIN.exec(url)?.[1] ?? parts?.[2] ?? '';
  const names = percentDecode(path)
    .split(/[/\\]/)
    .filter((name) => !/^\.*$/.test(name));
  return names.at(-1) ?? hostName(parts?.[1] ?? '') ?? 'data';
}

/** @param {string} authority  `user@host:port` @returns {string | null} */
function hostName(authority) {
  return authority.replace(/^.*@/, '').replace(/:\d*$/, '') || null;
}

/** A query without what only chooses how a page shows the file. @param {string | undefined} query @param {string[]} switches */
function without(query, switches) {
  const kept = (query ?? '')
    .slice(1)
    .split('&')
    .filter((pair) => pair && !switches.includes(pair.split('=', 1)[0] ?? ''));
  return kept.length ? `?${kept.join('&')}` : '';
}

/** A path as one part of another; its other escapes stay. @param {string} path */
function slashless(path) {
  return path.replaceAll('/', '%2F');
}

/** A part of a path as a value in a query. @param {string} part */
function inQuery(part) {
  return part.replaceAll('+', '%2B').replaceAll('&', '%26');
}
