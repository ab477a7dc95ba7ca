/** The launcher's list of code that the visitor allowed to run here: each can be taken back. */
import { codeFacts, codeName } from './consent.js';
import { button, element } from './element.js';
import { momentText } from './moment-text.js';
import { SITE_URL } from './site-root.js';
import { ask } from './worker-ask.js';

/** @typedef {import('../shared/foreign-code.js').Agreement} Agreement */

const SILENCE_MS = 10_000;

/** Where the application's pages link to. */
const ID = 'allowed';

/** Fills itself once the worker has told, and stays hidden where nothing was allowed. */
export function agreementList() {
  const rows = element('ul');
  const says = element('p', { class: 'visually-hidden', role: 'status' });
  const section = element(
    'details',
    { class: 'builder allowed', id: ID, hidden: true },
    element('summary', {}, element('h2', {}, 'Code that you allowed')),
    element('p', {}, 'From elsewhere than this site, and free to do all that this site can. What you take back is asked for again when a link needs it.'),
    rows,
    says,
  );
  /** @param {Agreement[]} agreements */
  const fill = (agreements) => {
    rows.replaceChildren(
      ...agreements.map((each) => {
        const title = codeName(each);
        const revoking = button('Take back', () => void takeBack(each, title), 'button button-quiet');
        revoking.setAttribute('aria-label', `Take back ${title}`);
        const when = element('p', { class: 'code-source' }, 'Allowed ', element('time', { datetime: new Date(each.at).toISOString() }, momentText(each.at)));
        return element('li', { class: 'entry' }, element('div', {}, ...codeFacts(each), when), revoking);
      }),
    );
    section.hidden = agreements.length === 0;
  };
  /** @param {Agreement} agreement @param {string} title */
  const takeBack = async (agreement, title) => {
    const reply = await tellWorker({ type: 'revoke', keys: [agreement.key] });
    if (!reply) return;
    fill(reply);
    says.textContent = `${title} may not run any more.`;
    section.querySelector('summary')?.focus();
  };
  void tellWorker({ type: 'agreements' }).then((agreements) => {
    fill(agreements ?? []);
    if (location.hash !== `#${ID}` || section.hidden) return;
    section.open = true;
    section.scrollIntoView();
  });
  return section;
}

/**
 * @param {import('../shared/protocol.js').Ask} message
 * @returns {Promise<Agreement[] | null>} null where there is no worker, or no answer
 */
async function tellWorker(message) {
  try {
    const registration = await navigator.serviceWorker?.getRegistration(SITE_URL);
    if (!registration?.active) return null;
    const reply = await ask(registration.active, message, { silenceMs: SILENCE_MS });
    return reply.type === 'agreements' ? reply.agreements : null;
  } catch {
    return null;
  }
}
