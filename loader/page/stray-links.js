/**
 * Links and forms that were written for an application at the root of its host, `/-/thing`, and so
 * miss the prefix. The worker redirects such requests when it sees them; a navigation out of its
 * scope, as from `/x/y/app/…` to `/-/thing`, it never sees. So they are led into the prefix at the
 * moment they are used. Absolute addresses with a host mean what they say and stay.
 */
import { appPrefix } from './app-prefix.js';
import { SITE_PATH } from './site-root.js';

/** Watch this page. */
export function leadStraysHome() {
  for (const type of ['click', 'auxclick', 'contextmenu']) {
    document.addEventListener(type, (event) => leadHome(event, 'a[href^="/"]', 'href'), { capture: true });
  }
  document.addEventListener('submit', (event) => leadHome(event, 'form[action^="/"]', 'action'), { capture: true });
  // What scripts do, `location.href = '/thing'`; browsers without the Navigation API do not tell.
  globalThis.navigation?.addEventListener('navigate', leadNavigationHome);
}

/**
 * The address within this page's prefix that a stray path means, or null for one that is no stray.
 * @param {string} path as written: begins with a slash
 * @param {string} pagePath of the page it is on
 * @param {string} sitePath with both slashes
 */
export function homeOf(path, pagePath, sitePath) {
  // `//host/path` names a host; below the site's own path the worker sees to it.
  if (path.startsWith('//') || path.startsWith(sitePath)) return null;
  return appPrefix(pagePath, sitePath) + path.slice(1);
}

/** @param {NavigateEvent} event of this page, before anything is asked of the network */
function leadNavigationHome(event) {
  const { sameDocument, url } = event.destination;
  // Not links and forms, of which it does not tell how their addresses are written.
  if (sameDocument || event.userInitiated || !event.cancelable) return;
  const { protocol, origin, pathname, search, hash } = new URL(url);
  // A `blob:` has our origin, too.
  const home = protocol === location.protocol && origin === location.origin && homeOf(pathname, location.pathname, SITE_PATH);
  if (!home) return;
  event.preventDefault();
  location.assign(home + search + hash);
}

/** @param {Event} event @param {string} selector @param {'href' | 'action'} attribute */
function leadHome(event, selector, attribute) {
  const stray = event.target instanceof Element ? event.target.closest(selector) : null;
  const home = stray && homeOf(stray.getAttribute(attribute) ?? '', location.pathname, SITE_PATH);
  if (home) stray.setAttribute(attribute, home);
}
