/** Whether what the visitor changed in the data that is open comes along when more is added to it. */
import { BrowserError, reviveFault } from '../shared/faults.js';
import { appPath } from '../shared/plan.js';
import { element } from './element.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { ask } from './worker-ask.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */

const SILENCE_MS = 10_000;

/** Gigabytes may have to be copied, and the worker says nothing meanwhile. */
const CARRY_MS = 300_000;

/** What the visitor chose. @type {{ from: string, isWanted: () => boolean } | null} */
let choice = null;

/**
 * The question, which shows itself only where something was changed. Changes come along unless the
 * visitor says otherwise.
 * @param {string} prefix of the plan that is open
 */
export function changesToCarry(prefix) {
  const from = new URL(prefix, location.href).href;
  const box = element('input', { type: 'checkbox', id: 'carry', checked: '', 'aria-describedby': 'carry-about' });
  const question = element(
    'div',
    { class: 'carry', hidden: true },
    element('p', { class: 'check' }, box, element('label', { for: 'carry' }, 'Take along what you changed')),
    element(
      'p',
      { id: 'carry-about', class: 'note' },
      'A copy of your changes opens with what you add, and they stay at the old address, too. Otherwise the data is as it came.',
    ),
  );
  choice = { from, isWanted: () => !question.hidden && box.checked };
  void isChanged(from).then((isIt) => (question.hidden = !isIt));
  return question;
}

/**
 * Copy the changes, where the visitor wants that, before the plan is shown for the first time.
 * @param {Plan} plan
 * @throws {BrowserError} storage-unavailable
 */
export async function carryChanges(plan) {
  if (!choice?.isWanted()) return;
  const worker = await activeWorker();
  if (!worker) return;
  const url = new URL(appPath(SITE_PATH, plan, ''), location.href).href;
  const tried = 'Could not take your changes along';
  const advice = 'Forget data that you no longer need, or go on without them.';
  const reply = await ask(worker, { type: 'carry-changes', url, from: choice.from }, { silenceMs: CARRY_MS }).catch((cause) => {
    throw new BrowserError('storage-unavailable', { tried, happened: 'the browser did not copy them in time', advice, cause });
  });
  if (reply.type !== 'failed') return;
  const [cause] = reply.faults.map(reviveFault);
  throw new BrowserError('storage-unavailable', { tried, happened: 'the browser did not copy them', advice, cause });
}

/** @param {string} url */
async function isChanged(url) {
  const worker = await activeWorker();
  if (!worker) return false;
  const reply = await ask(worker, { type: 'saved-changes', url }, { silenceMs: SILENCE_MS }).catch(() => null);
  return reply?.type === 'edited';
}

/** None before the first visit: then nothing was changed, either. */
async function activeWorker() {
  const registration = await navigator.serviceWorker?.getRegistration(SITE_URL);
  return registration?.active ?? null;
}
