/**
 * What to do about hosts that are known not to let other sites read their files.
 *
 * Each is here because somebody saw it fail; a host that is not says nothing. Order matters: the
 * first that fits.
 */

const OPEN_HERE = 'download the file and open it from this device';

/** @type {readonly [RegExp, string][]} the start of an address after its scheme, and one sentence */
const ADVICE = [
  [
    /^(?:www\.)?github\.com\/[^/]+\/[^/]+\/releases\//,
    `GitHub does not let other sites read the files of a release: ask for the file to be put into the repository itself, or ${OPEN_HERE}.`,
  ],
  [
    /^(?:www\.|codeload\.)?github\.com\//,
    `GitHub lets other sites read the files of a public repository and nothing else: use the address of the file's own page, or ${OPEN_HERE}.`,
  ],
  // opengeos/GeoLibre#1709: what answers curl with CORS headers answers a browser's fetch() with 403.
  [
    /^(?:drive\.google\.com|drive\.usercontent\.google\.com|docs\.google\.com\/uc\b)/,
    `Google Drive does not let other sites read its files: ${OPEN_HERE}, or let Google Drive make a Google sheet of it (Open with → Google Sheets), share that, and use its address.`,
  ],
  [
    /^docs\.google\.com\/spreadsheets\//,
    'Google lets other sites read a sheet that is shared with “Anyone with the link”, or published with File → Share → Publish to web: ask its owner for that.',
  ],
  // OneDrive/onedrive-api-docs#66, microsoftgraph/msgraph-sdk-javascript#388
  [
    /^(?:1drv\.ms|onedrive\.live\.com|[^/]+\.sharepoint\.com|[^/]+\.1drv\.com)(?:\/|$)/,
    `OneDrive and SharePoint do not let other sites read their files: ${OPEN_HERE}.`,
  ],
  [
    /^(?:[^/]+\.)?dropbox(?:usercontent)?\.com\//,
    `Dropbox lets other sites read a file that is shared by a link of its own, and no folders: share the file itself, or ${OPEN_HERE}.`,
  ],
  [/^(?:www\.)?kaggle\.com\//, `Kaggle gives its files only to people who are logged in there: ${OPEN_HERE}.`],
  // imjoy-team/imagej.js#22
  [/^(?:[^/]+\.)?figshare\.com\//, `Figshare does not let other sites read its files: ${OPEN_HERE}.`],
  // AllenInstitute/biofile-finder#258
  [/^(?:[^/]+\.)?osf\.io\//, `The Open Science Framework does not let other sites read its files: ${OPEN_HERE}.`],
  [
    /^[^/]+\/.+\/-\/(?:blob|raw)\//,
    `GitLab lets other sites read files only if its administrator permits it: put the file where that is so, for example on GitHub, or ${OPEN_HERE}.`,
  ],
  // xgov-opensource-repo-scraper#34
  [
    /^[^/]+\.github\.io\//,
    'GitHub Pages lets other sites read its files, but not through the redirect to a domain of the site’s own: open the address in a browser and use the one that it leads to.',
  ],
];

/**
 * One sentence of advice for an address that the browser was not let read, or null when nothing is
 * known about its host.
 * @param {string} url  as the visitor wrote it
 * @returns {string | null}
 */
export function explainHost(url) {
  const [, address] = /^https?:\/\/([^]*)$/i.exec(url) ?? [];
  if (address === undefined) return null;
  // Hosts are written in any case, and the root of one without its slash.
  const found = address.replace(/^[^/?#]*/, (host) => host.toLowerCase()).replace(/^([^/?#]*)(?=$|[?#])/, '$1/');
  return ADVICE.find(([start]) => start.test(found))?.[1] ?? null;
}
