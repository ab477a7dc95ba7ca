/** The link that opens the same page elsewhere: the plan as `?…`, the page as `#/…`. */
import { appPrefix } from './app-prefix.js';
import { SITE_PATH, SITE_URL } from './site-root.js';

/**
 * Whether a link is that of Datasette's menu, which Python made with the page
 * (py/datasette_lite/plugin/share_link.py). Data may hold links of the same form, to be followed.
 * @param {HTMLAnchorElement} link
 */
export function isShareLink(link) {
  const { href } = link;
  return link.closest('.nav-menu') !== null && href.startsWith(SITE_URL) && /^(\?[^#]*)?#\//.test(href.slice(SITE_URL.length));
}

/**
 * The link with the page as it is called now: scripts change the address without loading anything.
 * @param {HTMLAnchorElement} link
 */
export function shareLink({ href }) {
  const prefix = appPrefix(location.pathname, SITE_PATH);
  const page = location.pathname.slice(prefix.length - 1) + location.search;
  const plan = href.slice(0, href.indexOf('#'));
  return page === '/' ? plan : `${plan}#${page}`;
}

/**
 * Put it on the clipboard or, where the browser refuses, into a dialog to copy it from.
 * @param {string} link
 */
export async function copyLink(link) {
  try {
    await navigator.clipboard.writeText(link);
    return 'Copied.';
  } catch {
    prompt('Copy this link:', link);
    return '';
  }
}
