/** Going to a plan, and making plans of what was found. */
import { appPath, planOf, planSources } from '../shared/plan.js';
import { carryChanges } from './changes-to-carry.js';
import { SITE_PATH } from './site-root.js';
import { registerWorker } from './worker-registration.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/plan.js').PlanOption} PlanOption */

/**
 * Show a plan. The worker comes first: with it there, the address, which may name somebody's own
 * files, is asked for within this browser and not at the site's host.
 * @param {Plan} plan
 * @throws {BrowserError | EngineError} as registerWorker
 */
export async function goToPlan(plan) {
  await registerWorker();
  location.assign(appPath(SITE_PATH, plan, ''));
}

/**
 * Show everything that is open, and more.
 * @param {Plan} open
 * @param {Plan} added
 * @throws {OptionError} bad-option
 * @throws {BrowserError | EngineError} as registerWorker; storage-unavailable
 */
export async function goToJoinedPlan(open, added) {
  const plan = joinedPlan(open, added);
  await registerWorker();
  await carryChanges(plan);
  location.assign(appPath(SITE_PATH, plan, ''));
}

/**
 * Everything that is open, and more.
 * @param {Plan} open
 * @param {Plan} added
 * @returns {Plan}
 * @throws {OptionError} bad-option, where only one value can be and both have their own
 */
function joinedPlan(open, added) {
  const others = [{ key: 'app', value: open.app }, ...othersOf(open), ...othersOf(added)];
  return planOf([...planSources(open), ...planSources(added)], others);
}

/**
 * Pasted data whose link holds it.
 * @param {{ format: string, dataUrl: string | null }} pasted
 * @returns {Plan}
 */
export function pastedPlan({ format, dataUrl }) {
  const source = { option: format, value: dataUrl ?? '' };
  return planOf([format === 'sql' ? source : { ...source, settings: { table: 'pasted' } }]);
}

/**
 * The plan that downloads databases which do not open at their hosts.
 * @param {Plan} plan
 * @param {readonly string[]} addresses  of the databases, as the plan has them
 * @returns {Plan}
 */
export function wholePlan(plan, addresses) {
  const sources = planSources(plan).map((source) =>
    source.option === 'url' && addresses.includes(source.value) ? { ...source, settings: { ...source.settings, fetch: 'whole' } } : source,
  );
  return planOf(sources, [{ key: 'app', value: plan.app }, ...othersOf(plan)]);
}

/** What in a plan is no source. @param {Plan} plan @returns {PlanOption[]} */
function othersOf(plan) {
  const ofSources = planSources(plan).reduce((count, { settings }) => count + 1 + Object.keys(settings).length, 0);
  return plan.options.slice(ofSources);
}
