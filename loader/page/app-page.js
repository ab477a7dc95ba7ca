/**
 * The one script of ours on every page of Datasette: it keeps the worker awake while the page is
 * looked at and wakes it when the visitor comes back, gives the buttons of our notices their work,
 * leads stray links into the prefix, and keeps plans apart in localStorage.
 */
import { deviceFile } from '../shared/device-file.js';
import { unreachable } from '../shared/protocol.js';
import { appPrefix } from './app-prefix.js';
import { askToKeep, roomText } from './device-room.js';
import { saveDownloadLinks } from './download-links.js';
import { keepStorageApart } from './plan-storage.js';
import { recentPlans, rememberPlan } from './recent-plans.js';
import { forgetReloads } from './reload-once.js';
import { copyLink, isShareLink, shareLink } from './share-link.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { leadStraysHome } from './stray-links.js';
import { ask } from './worker-ask.js';

/** Browsers end a worker after about 30 seconds without events. */
const KEEP_ALIVE_MS = 20_000;

/** A restart may fetch the data again, but something of it is heard before that. */
const SILENCE_MS = 90_000;

/** @typedef {'restart' | 'refetch' | 'discard' | 'reload' | 'give-file'} Action */

forgetReloads();
/** The worker has led the visitor to the plan's canonical address. */
const segment = appPrefix(location.pathname, SITE_PATH).slice(`${SITE_PATH}app/`.length, -1);
rememberPlan(segment);
leadStraysHome();
keepStorageApart();
saveDownloadLinks();
void showRoom();
void keepAlive();
setInterval(() => void keepAlive(), KEEP_ALIVE_MS);
document.addEventListener('visibilitychange', () => void wake());
document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element) || event.defaultPrevented) return;
  const pressed = event.target.closest('button[data-lite-action]');
  if (pressed instanceof HTMLButtonElement) void act(pressed);
  const link = event.target.closest('a');
  // With Ctrl and the like it is opened in another tab, as any link.
  if (link && isShareLink(link) && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    void copyLink(shareLink(link)).then((said) => (statusBeside(link).textContent = said));
  }
});

async function keepAlive() {
  if (document.visibilityState !== 'visible') return;
  const worker = await siteWorker();
  // Without an answer there is nothing to do: the next request starts the worker again.
  const reply = worker && (await ask(worker, { type: 'keep-alive', url: location.href }, { silenceMs: KEEP_ALIVE_MS }).catch(() => null));
  if (reply?.type === 'alive' && reply.hasEdits) await askToKeep();
}

/**
 * Browsers end the worker while nobody looks: have Datasette back before the first click. A plan that
 * was forgotten meanwhile stays so until somebody asks for it.
 */
async function wake() {
  if (document.visibilityState !== 'visible') return;
  if (segment && !recentPlans().some((plan) => plan.segment === segment)) return;
  const worker = await siteWorker();
  // What goes wrong is told to whoever asks for a page.
  if (worker) await ask(worker, { type: 'open', url: location.href, referrer: document.referrer }, { silenceMs: SILENCE_MS }).catch(() => null);
}

/** Where edits are shown: say how safe they are. */
async function showRoom() {
  const room = document.querySelector('[data-lite-room]');
  if (room) room.textContent = await roomText();
}

/** @param {HTMLButtonElement} pressed */
async function act(pressed) {
  const label = pressed.textContent;
  const says = statusBeside(pressed);
  pressed.disabled = true;
  says.textContent = 'Working…';
  try {
    says.textContent = await perform(pressed, /** @type {Action} */ (pressed.dataset.liteAction));
  } catch (error) {
    says.textContent = error instanceof Error ? error.message : String(error);
  }
  pressed.textContent = label;
  pressed.disabled = false;
}

/** @param {HTMLButtonElement} pressed @param {Action} action @returns {Promise<string>} what to say when it is done */
async function perform(pressed, action) {
  switch (action) {
    case 'reload':
      location.reload();
      return '';
    case 'restart':
    case 'refetch':
      return startAnew(action);
    case 'discard':
      return discard(pressed.dataset.litePath ?? '');
    case 'give-file':
      return giveFile(pressed.dataset.liteFile ?? '');
    default:
      return unreachable(action);
  }
}

/**
 * For a file of the plan that is not kept in this browser.
 * @param {string} value  of its option
 */
async function giveFile(value) {
  const wanted = deviceFile(value);
  const file = wanted && (await pickedFile());
  if (!file) return '';
  const { contentHash } = await import('../shared/content-hash.js');
  const { keepFile, requireFittingSize } = await import('./kept-files.js');
  await requireFittingSize(file);
  if ((await contentHash(file)) !== wanted.sha256) {
    return `The content of ${file.name} is not what this link was made with. Open it from the start page instead.`;
  }
  await keepFile(file, wanted.sha256);
  return startAnew('restart');
}

/** @returns {Promise<File | null>} null when the visitor changed their mind */
function pickedFile() {
  const input = document.createElement('input');
  input.type = 'file';
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

/** Give up what was changed in one database. @param {string} path  where the worker has it */
async function discard(path) {
  if (!confirm('Everything that you changed in this database will be gone for good. Go on?')) return '';
  const worker = await siteWorker();
  if (!worker) throw new Error('The service worker is gone. Reload the page.');
  const reply = await ask(worker, { type: 'discard', url: location.href, path }, { silenceMs: SILENCE_MS });
  if (reply.type === 'failed') return reply.faults.map(({ message }) => message).join(' ');
  location.reload();
  return 'Done, loading the page again…';
}

/** @param {'restart' | 'refetch'} wish */
async function startAnew(wish) {
  const worker = await siteWorker();
  if (!worker) throw new Error('The service worker is gone. Reload the page.');
  // What is in storage outlives a new start, but not another download.
  const question = wish === 'refetch' ? 'stored-edits' : 'edit-state';
  const state = await ask(worker, { type: question, url: location.href }, { silenceMs: SILENCE_MS });
  if (state.type === 'edited' && !confirm('This loads the data anew. What you changed in it will be lost. Go on?')) return '';
  const reply = await ask(worker, { type: wish, url: location.href }, { silenceMs: SILENCE_MS });
  if (reply.type === 'failed') return reply.faults.map(({ message }) => message).join(' ');
  location.reload();
  return 'Done, loading the page again…';
}

/** @returns {Promise<ServiceWorker | null>} */
async function siteWorker() {
  const registration = await navigator.serviceWorker?.getRegistration(SITE_URL);
  return registration?.active ?? null;
}

/** @param {Element} pressed @returns {Element} where to say something about it, made when first needed */
function statusBeside(pressed) {
  const next = pressed.nextElementSibling;
  if (next?.matches('[data-lite-status]')) return next;
  const made = document.createElement('span');
  made.setAttribute('data-lite-status', '');
  made.setAttribute('role', 'status');
  made.style.marginInlineStart = '0.5em';
  pressed.after(made);
  return made;
}
