/**
 * Where the site lives, known from where this file lives: `<root>loader/page/site-root.js`,
 * or the same below `<root>loader@<release>/`.
 * The page's own address cannot tell, because the host may serve the site below any folder.
 */
const root = new URL('../../', import.meta.url);

/** Absolute URL of the site's root, ending in a slash, such as `https://host/x/y/`. */
export const SITE_URL = root.href;

/** Path of the site's root, with both slashes, such as `/x/y/`. */
export const SITE_PATH = root.pathname;

/** Whether a path is that of the site's start page. @param {string} pathname */
export function isRoot(pathname) {
  return pathname === SITE_PATH || pathname === `${SITE_PATH}index.html`;
}
