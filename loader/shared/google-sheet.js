/** Google Sheets: their pages, and where they can be downloaded as CSV. */

const SHEET = /^https?:\/\/docs\.google\.com\/(?:a\/[^/?#]+\/)?spreadsheets\//i;
const SHARED = /^https?:\/\/docs\.google\.com\/(?:a\/[^/?#]+\/)?spreadsheets\/(?:u\/\d+\/)?d\/([\w-]{20,})(?:\/([^?#]*))?/i;
const PUBLISHED = /^https?:\/\/docs\.google\.com\/(?:a\/[^/?#]+\/)?spreadsheets\/(?:u\/\d+\/)?d\/e\/([\w-]+)\/pub(?:html)?(?=$|[/?#])/i;

/** The pages on which people find themselves; `export`, `gviz/tq` and others are downloads already. */
const PAGES = ['', 'edit', 'view', 'preview', 'htmlview', 'copy'];

/** Whether an address is one of Google Sheets. @param {string} url */
export function isGoogleSheet(url) {
  return SHEET.test(url);
}

/**
 * The download of the sheet that a page shows, or null for any other address.
 *
 * /spreadsheets/d/ID/edit?gid=7#gid=7           → /spreadsheets/d/ID/export?format=csv&id=ID&gid=7
 * /spreadsheets/d/e/2PACX-…/pubhtml?gid=7       → /spreadsheets/d/e/2PACX-…/pub?output=csv&gid=7&single=true
 *
 * The first form is the one that the page's own “Download” has; without gid it is the first sheet.
 * @param {string} url
 * @param {string} option  `tsv` and `xlsx` ask for these formats; the latter holds all sheets
 * @returns {string | null}
 */
export function sheetDownload(url, option) {
  const format = option === 'tsv' || option === 'xlsx' ? option : 'csv';
  const tab = format === 'xlsx' ? '' : tabOf(url);
  const published = PUBLISHED.exec(url)?.[1];
  if (published && !/[?&]output=(?!html)/i.test(url)) {
    return `https://docs.google.com/spreadsheets/d/e/${published}/pub?output=${format}${tab && `${tab}&single=true`}`;
  }
  const [, id, rest = ''] = SHARED.exec(url) ?? [];
  const page = rest.split('/', 1)[0] ?? '';
  if (id === undefined || !PAGES.includes(page)) return null;
  return `https://docs.google.com/spreadsheets/d/${id}/export?format=${format}&id=${id}${tab}`;
}

/** Which of its sheets a page shows; the fragment knows better than the query. @param {string} url */
function tabOf(url) {
  const gid = /#(?:.*&)?gid=(\d+)/.exec(url)?.[1] ?? /[?&]gid=(\d+)/.exec(url)?.[1];
  return gid === undefined ? '' : `&gid=${gid}`;
}
