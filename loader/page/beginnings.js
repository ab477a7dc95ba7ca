/** What the launcher offers to somebody who has no link at hand. All of it is part of the site. */
import { describePlan, planOf, planQuery } from '../shared/plan.js';
import { element, link } from './element.js';
import { siteOwnPlan } from './site-own-plan.js';
import { SITE_PATH } from './site-root.js';

/** What lite.json opens unless the site's owner wrote another. */
const DEMONSTRATION = 'vendor/demo/fixtures.db';

/** IANA's time zones, made into files by scripts/building/demo.py. */
const TIME_ZONES = { option: 'csv', value: 'vendor/demo/time-zones.csv', settings: { pk: 'zone', fts: 'zone,comments' } };
const COUNTRIES = { option: 'json', value: 'vendor/demo/countries.json', settings: { pk: 'code' } };
const CLOCK_CHANGES = { option: 'parquet', value: 'vendor/demo/clock-changes.parquet' };

/** A page of all three together: the clocks that change next. */
const NEXT_CHANGES = `select [clock-changes].at, countries.name as country, [clock-changes].zone,
  hours_before, hours_from_utc, latitude, longitude
from [clock-changes]
  join [time-zones] on [time-zones].zone = [clock-changes].zone
  join countries on countries.code = [time-zones].country
where at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
order by at limit 200`;

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
      beginning(exampleLink([TIME_ZONES], '/data/time-zones'), 'Time zones of the world', 'A CSV file with places and a search'),
      beginning(exampleLink([COUNTRIES], '/data/countries'), 'Countries and their codes', 'A JSON file'),
      beginning(exampleLink([CLOCK_CHANGES], '/data/clock-changes?_facet=abbreviation'), 'When clocks change', 'A Parquet file of every change since 2000'),
      beginning(
        exampleLink([TIME_ZONES, COUNTRIES, CLOCK_CHANGES], `/data/-/query?sql=${encodeURIComponent(NEXT_CHANGES)}`),
        'Which clocks change next',
        'The three together, joined by a SQL query',
      ),
      beginning(SITE_PATH + memory, 'An empty database', 'Create tables and write SQL; gone when you are done'),
      beginning(SITE_PATH + fastapi, 'A FastAPI application', 'Another Python web application, run the same way'),
    ),
  );
}

/** A link of the form that people write. @param {Parameters<typeof planOf>[0]} sources @param {string} page */
function exampleLink(sources, page) {
  return `${SITE_PATH}${planQuery(planOf(sources))}#${page}`;
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
