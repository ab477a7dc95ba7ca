/** From a URL to the plan it names, and to the one URL that names it canonically. */
import { release } from '../../vendor/release.js';
import { parseConfig, parsePath, planOf, planSegment, planSources } from '../shared/plan.js';
import { DEFAULT_APP } from '../shared/checked-plan.js';
import { OptionError } from '../shared/faults.js';
import { releaseFile } from './release-files.js';
import { SITE_PATH } from './site.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/**
 * @typedef {{ plan: Plan, segment: string, prefix: string, path: string, url: string }} Place
 *   `segment` is '' for the site's default plan; `url` is the canonical address
 */

/** Where an engine has the sources of its plan, each in a folder of its own, as they were downloaded. */
export const SOURCES_FOLDER = '/data/';

/** Where an engine has the databases that an import made. */
export const IMPORTED_FOLDER = '/imported/';

/**
 * Which plan a URL below `app/` belongs to.
 * @param {string} address absolute
 * @returns {Promise<Place>}
 * @throws {OptionError} bad-plan, unknown-option, bad-option
 */
export async function canonicalPlace(address) {
  const url = new URL(address);
  const parsed = parsePath(url.pathname, SITE_PATH);
  if (!parsed) throw new OptionError('bad-plan', { message: `${url.pathname} is no address of this site.` });
  const plan = await withData(parsed.plan);
  const segment = parsed.plan ? planSegment(parsed.plan) : '';
  const prefix = `${SITE_PATH}app/${segment && `${segment}/`}`;
  url.pathname = prefix + parsed.path.slice(1);
  return { plan, segment, prefix, path: parsed.path, url: url.href };
}

/**
 * A plan that says nothing about data is about the site's own, as in the earlier Datasette Lite:
 * `?install=datasette-vega` shows the plugin at work.
 * @param {Plan | null} plan
 * @returns {Promise<Plan>}
 */
async function withData(plan) {
  const saysData = plan && (planSources(plan).length > 0 || plan.options.some(({ key }) => key === 'memory'));
  if (plan && (saysData || plan.app !== DEFAULT_APP)) return plan;
  const own = await defaultPlan();
  if (!plan || own.app !== plan.app) return own;
  const data = own.options.filter(({ key }) => key === 'memory');
  return planOf(planSources(own), [...data, ...plan.options]);
}

/** The site's own plan, from its `lite.json`. @returns {Promise<Plan>} */
async function defaultPlan() {
  const file = release.shell.find((each) => each.path === 'lite.json');
  return parseConfig(file ? await (await releaseFile(file)).json() : {});
}
