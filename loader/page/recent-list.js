/** The launcher's list of recent data: each can be opened and forgotten. */
import { appPath, describePlan, planSources } from '../shared/plan.js';
import { fetchableUrl } from '../shared/source-url.js';
import { byteText } from './byte-text.js';
import { roomText } from './device-room.js';
import { button, element, link } from './element.js';
import { momentText } from './moment-text.js';
import { forgetEntry, recentEntries } from './recent-entries.js';
import { SITE_PATH, SITE_URL } from './site-root.js';

/** @typedef {import('./recent-entries.js').RecentEntry} RecentEntry */

/** More than this many wait behind a button. */
const AT_FIRST = 5;

/** Fills itself once storage has been read, and stays hidden where there is nothing to list. */
export function recentList() {
  const heading = element('h2', { id: 'recent', tabindex: '-1' }, 'Recent');
  const rows = element('ul');
  const more = button('', () => showAll(rows, more), 'button more');
  const says = element('p', { class: 'visually-hidden', role: 'status' });
  const failure = element('p', { class: 'link-wrong', role: 'alert' });
  const room = element('p', { class: 'note' });
  const section = element('section', { class: 'entries', 'aria-labelledby': 'recent', hidden: true }, heading, rows, more, failure, says, room);

  const fill = async () => {
    const entries = await recentEntries();
    rows.replaceChildren(
      ...entries.map((entry) => {
        const title = describePlan(entry.plan);
        return row(entry, title, async () => {
          const place = [...rows.children].findIndex((each) => each.contains(document.activeElement));
          const failed = await forgetEntry(entry, entries.filter((other) => other !== entry)).catch(String);
          const wasOpen = more.hidden;
          await fill();
          if (wasOpen) showAll(rows, more);
          failure.textContent = failed ? `${title} could not be forgotten. Reload and try again. (${failed})` : '';
          says.textContent = failed ? '' : `${title} is forgotten.`;
          (buttonIn(rows.children[place]) ?? buttonIn(rows.lastElementChild) ?? document.getElementById('link'))?.focus();
        });
      }),
    );
    for (const late of [...rows.children].slice(AT_FIRST)) /** @type {HTMLElement} */ (late).hidden = true;
    more.textContent = `Show all ${entries.length}`;
    more.hidden = entries.length <= AT_FIRST;
    section.hidden = entries.length === 0;
    room.textContent = await roomText();
  };
  void fill();
  return section;
}

/** @param {Element | null | undefined} within @returns {HTMLButtonElement | null} */
function buttonIn(within) {
  return within && !(/** @type {HTMLElement} */ (within).hidden) ? within.querySelector('button') : null;
}

/**
 * @param {RecentEntry} entry
 * @param {string} title
 * @param {() => Promise<void>} forget
 */
function row(entry, title, forget) {
  const when = element('time', { datetime: new Date(entry.openedMs).toISOString() }, momentText(entry.openedMs));
  const facts = [originText(entry), entry.bytes === null ? '' : byteText(entry.bytes)].filter(Boolean).join(' · ');
  const forgetting = button('Forget', () => void begin(), 'button button-quiet');
  const begin = () => {
    forgetting.disabled = true;
    forgetting.textContent = 'Forgetting…';
    return forget();
  };
  forgetting.setAttribute('aria-label', `Forget ${title}`);
  return element(
    'li',
    { class: 'entry' },
    element('div', {}, link(appPath(SITE_PATH, entry.plan, ''), title), element('p', {}, `${facts} · `, when)),
    forgetting,
  );
}

/** @param {RecentEntry} entry */
function originText({ plan, isHere }) {
  const origins = planSources(plan).map(({ option, value }) => {
    if (option === 'file') return 'this device';
    const url = new URL(fetchableUrl(value, option), SITE_URL);
    if (url.protocol === 'data:') return 'the link itself';
    return url.origin === location.origin ? 'this site' : url.host;
  });
  const from = `From ${[...new Set(origins)].join(' and ')}`;
  return isHere ? from : `${from}, no longer kept`;
}

/** @param {HTMLElement} rows @param {HTMLButtonElement} more */
function showAll(rows, more) {
  const [first] = [...rows.children].slice(AT_FIRST);
  for (const late of rows.children) /** @type {HTMLElement} */ (late).hidden = false;
  more.hidden = true;
  first?.querySelector('a')?.focus();
}
