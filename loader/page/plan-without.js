/** The address of the page that is open, without some of the plan's plugins, or its release of Datasette. */
import { appPath } from '../shared/plan.js';
import { siteOwnPlan } from './site-own-plan.js';
import { SITE_PATH } from './site-root.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */

/**
 * The plan without them has an address of its own, so that it stays what it says it is.
 * @param {{ plan: Plan | null, prefix: string }} place  of the page; plan null: the site's own
 * @param {readonly string[]} plugins  values of `install=`; what `ref=` stands for is a requirement of `datasette`
 * @returns {Promise<string>} path and query
 */
export async function addressWithout({ plan, prefix }, plugins) {
  const { app, options } = plan ?? (await siteOwnPlan());
  const withoutRef = plugins.some((plugin) => /^datasette[=>]=/.test(plugin));
  const rest = options.filter(({ key, value }) => !(key === 'install' && plugins.includes(value)) && !(key === 'ref' && withoutRef));
  const inner = location.pathname.startsWith(prefix) ? location.pathname.slice(prefix.length - 1) : '/';
  return appPath(SITE_PATH, { app, options: rest }, `#${inner}${location.search}`);
}
