/** What `/app/` opens: the plan that the site's owner wrote into lite.json. */
import { parseConfig } from '../shared/plan.js';
import { SITE_URL } from './site-root.js';

/**
 * @returns {Promise<import('../shared/plan.js').Plan>}
 * @throws {OptionError} bad-plan, unknown-option, bad-option
 */
export async function siteOwnPlan() {
  const answer = await fetch(`${SITE_URL}lite.json`);
  return parseConfig(await answer.json());
}
