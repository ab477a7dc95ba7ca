/** What the launcher offers to somebody who has no link at hand. All of it is part of the site. */
import { describePlan, planQuery } from '../shared/plan.js';
import { element, link } from './element.js';
import { siteOwnPlan } from './site-own-plan.js';
import { SITE_PATH } from './site-root.js';

/** What lite.json opens unless the site's owner wrote another. */
const DEMONSTRATION = 'vendor/demo/fixtures.db';

export function beginnings() {
  const memory = planQuery({ app: 'datasette', options: [{ key: 'memory', value: '1' }] });
  const fastapi = planQuery({ app: 'fastapi', options: [] });
  const own = beginning(`${SITE_PATH}app/`, 'The demonstration database', 'Tables that show what Datasette can do');
  void nameOwnData(own).catch(() => {});
  return element(
    'section',
    { class: 'entries', 'aria-labelledby': 'beginnings' },
    element('h2', { id: 'beginnings' }, 'Or begin with'),
    element(
      'ul',
      {},
      own,
      beginning(SITE_PATH + memory, 'An empty database', 'Create tables and write SQL; gone when you are done'),
      beginning(SITE_PATH + fastapi, 'A FastAPI application', 'Another Python web application, run the same way'),
    ),
  );
}

/** @param {string} href @param {string} title @param {string} text */
function beginning(href, title, text) {
  return element('li', { class: 'entry' }, element('div', {}, link(href, title), element('p', {}, text)));
}

/** Call what `/app/` opens by its name, where a site has data of its own. @param {HTMLElement} own */
async function nameOwnData(own) {
  const plan = await siteOwnPlan();
  if (plan.options.some(({ value }) => value === DEMONSTRATION)) return;
  own.replaceWith(beginning(`${SITE_PATH}app/`, describePlan(plan), 'What this site was made to show'));
}
