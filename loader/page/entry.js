/** The entry: `/?…` and the old `/#/db/table`, which become an address under `app/` at once. */
import { appPath, parseQuery } from '../shared/plan.js';
import { SITE_PATH } from './site-root.js';

/**
 * Where the address of the site's root leads, or null when it asks for nothing: then it is the launcher.
 * @param {{ search: string, hash: string }} address
 * @returns {string | null} path, query and fragment
 * @throws {OptionError} unknown-option, bad-option
 */
export function entryTarget({ search, hash }) {
  const plan = parseQuery(search);
  if (!plan && !hash.startsWith('#/')) return null;
  return appPath(SITE_PATH, plan, hash);
}
