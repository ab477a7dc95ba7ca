/** The entry: `/?…` and the old `/#/db/table`, which become an address under `app/` at once. */
import { linkQuery } from '../shared/link-query.js';
import { appPath, parseQuery } from '../shared/plan.js';
import { isRoot, SITE_PATH } from './site-root.js';

/**
 * Where an address that only leads on leads to, or null for one that has a face of its own.
 * @param {{ pathname: string, search: string, hash: string }} address
 * @returns {string | null} path, query and fragment
 * @throws {OptionError} unknown-option, bad-option
 */
export function entryTarget({ pathname, search, hash }) {
  if (pathname === `${SITE_PATH}app`) return `${SITE_PATH}app/${search}${hash}`;
  if (!isRoot(pathname)) return null;
  const link = linkQuery({ search, hash });
  const plan = parseQuery(link.search);
  return plan || link.hash.startsWith('#/') ? appPath(SITE_PATH, plan, link.hash) : null;
}
