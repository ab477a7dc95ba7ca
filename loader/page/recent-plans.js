/** Which plans were opened in this browser, the latest first. A list of links: the data is kept elsewhere. */
import { storageName } from './storage-names.js';

/**
 * `segment`: the plan as addresses hold it. `bytes`: of its data when it was last downloaded or read,
 * null while nobody knows.
 * @typedef {{ segment: string, openedMs: number, bytes: number | null }} RecentPlan
 */

const KEY = storageName('recent');

/** Longer than anybody reads; what is kept of files is listed all the same. */
const MOST_PLANS = 50;

/** A link that holds its data would fill the little room that browsers give to such lists. */
const LONGEST_SEGMENT = 20_000;

/** Clicks within a plan need not be written down one by one. */
const SAME_VISIT_MS = 60_000;

/** @returns {RecentPlan[]} */
export function recentPlans() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter(isRecentPlan) : [];
  } catch {
    return []; // Storage refused, or altered by something else.
  }
}

/**
 * A plan was opened, or is being looked at.
 * @param {string} segment  '' for the site's own plan, which needs no remembering
 * @param {number | null} [bytes]  null: as known before
 */
export function rememberPlan(segment, bytes = null) {
  if (!segment || segment.length > LONGEST_SEGMENT) return;
  const plans = recentPlans();
  const known = plans.find((plan) => plan.segment === segment);
  const openedMs = Date.now();
  if (bytes === null && known === plans[0] && known && openedMs - known.openedMs < SAME_VISIT_MS) return;
  const latest = { segment, openedMs, bytes: bytes ?? known?.bytes ?? null };
  write([latest, ...plans.filter((plan) => plan !== known)].slice(0, MOST_PLANS));
}

/** @param {string} segment */
export function dropPlan(segment) {
  write(recentPlans().filter((plan) => plan.segment !== segment));
}

/** @param {RecentPlan[]} plans */
function write(plans) {
  try {
    localStorage.setItem(KEY, JSON.stringify(plans));
  } catch {
    // A visit without storage leaves no trace; that is its visitor's choice.
  }
}

/** @param {unknown} value @returns {value is RecentPlan} */
function isRecentPlan(value) {
  if (typeof value !== 'object' || value === null) return false;
  const { segment, openedMs, bytes } = /** @type {Record<string, unknown>} */ (value);
  return typeof segment === 'string' && typeof openedMs === 'number' && (bytes === null || typeof bytes === 'number');
}
