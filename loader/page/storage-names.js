/** Names of what this site keeps in the browser. The worker's `site.js` makes them the same way. */
import { SITE_PATH } from './site-root.js';

/**
 * Name of a cache or of an entry in localStorage. The path is part of it: all of `user.github.io` is
 * one origin, and two sites there must not meet in storage.
 * @param {string} purpose
 */
export function storageName(purpose) {
  return `datasette-lite ${SITE_PATH} ${purpose}`;
}
