/**
 * Keeps apart what Datasette remembers in localStorage for different plans, such as the recent
 * items of its jump menu: all plans share one origin, where every server has its own.
 */
import { appPrefix } from './app-prefix.js';
import { SITE_PATH } from './site-root.js';

/** How Datasette's own keys begin; a plugin's, such as a colour scheme, may well be for all plans. */
const OURS = 'datasette.';

/** Give this page's scripts the plan's own entries under the names they know. */
export function keepStorageApart() {
  const prefix = appPrefix(location.pathname, SITE_PATH);
  const own = (/** @type {string} */ key) => (`${key}`.startsWith(OURS) ? `${prefix} ${key}` : key);
  const { getItem, setItem, removeItem } = Storage.prototype;
  Storage.prototype.getItem = function (key) {
    return getItem.call(this, own(key));
  };
  Storage.prototype.setItem = function (key, value) {
    setItem.call(this, own(key), value);
  };
  Storage.prototype.removeItem = function (key) {
    removeItem.call(this, own(key));
  };
}
