/** Where this site lives: everything is relative to the scope the worker was registered with. */

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

/** Absolute URL of the site's root, ending in a slash, such as `https://host/x/y/`. */
export const SITE_URL = worker.registration.scope;

/** Path of the site's root, with both slashes, such as `/x/y/`. */
export const SITE_PATH = new URL(SITE_URL).pathname;

/**
 * Name of a cache or database of ours. The path is part of it: all of `user.github.io` is one
 * origin, and two sites there must not meet in storage.
 * @param {string} purpose
 */
export function storageName(purpose) {
  return `datasette-lite ${SITE_PATH} ${purpose}`;
}
