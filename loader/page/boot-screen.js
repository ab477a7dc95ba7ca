/**
 * The boot screen: shown at an address under `app/` while its engine starts. It registers the
 * worker, asks it for the engine, shows how far that is, and then makes way by loading the same
 * address again, which the worker now answers.
 */
import { deviceFile } from '../shared/device-file.js';
import { BrowserError, toFault } from '../shared/faults.js';
import { appPath, describePlan, planSegment, planSources } from '../shared/plan.js';
import { PROTOCOL_VERSION } from '../shared/protocol.js';
import { pluginTitle } from '../shared/plugin-request.js';
import { bootStages } from './boot-stages.js';
import { showConsent } from './consent.js';
import { element, link } from './element.js';
import { setState, showFace } from './face.js';
import { showFaults } from './fault-view.js';
import { isWaived, missingFiles, showMissingFiles, waive } from './missing-files.js';
import { askPatiently, sayHello } from './patient-ask.js';
import { wholePlan } from './plan-opening.js';
import { addressWithout } from './plan-without.js';
import { rememberPlan } from './recent-plans.js';
import { forgetReloads, isReloadLoop, reloadToApp } from './reload-once.js';
import { SITE_PATH } from './site-root.js';
import { ask } from './worker-ask.js';
import { registerWorker } from './worker-registration.js';

/** @typedef {import('../shared/device-file.js').DeviceFile} DeviceFile */
/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('./patient-ask.js').Wish} Wish */
/** @typedef {{ plan: Plan | null, prefix: string }} Place */

/** The first boot on a device takes a while; after this long a word about it. */
const SLOW_MS = 12_000;

/** Writing down what was agreed to takes the worker no time, unless it starts only now. */
const AGREE_MS = 30_000;

/** A reload that left the page standing after this long was a download, or an answer without a page. */
const STILL_HERE_MS = 5_000;

/**
 * @param {Place} place  where the page's address leads
 */
export async function showBootScreen(place) {
  const missing = place.plan && !isWaived() ? await missingFiles(place.plan) : [];
  if (missing.length) askForFiles(place, missing);
  else await boot(place);
}

/**
 * @param {Place} place
 * @param {Wish} [wish]  what to ask for: another try restarts
 */
async function boot(place, wish = 'open') {
  const screen = bootScreen(place);
  /** @type {ServiceWorkerRegistration | null} */
  let registration = null;
  try {
    registration = await registerWorker();
    if (isReloadLoop()) throw new BrowserError('reload-loop', { detail: whoAnswers() });
    await agreeOnProtocol(registration);
    // What is in storage as tables is not read again, and as large as before.
    /** @type {number | null} */
    let bytes = null;
    const reply = await askPatiently(registration, wish, ({ stage, items }) => {
      screen.stages.update(stage, items);
      if (stage === 'data') bytes = items.reduce((sum, { done }) => sum + done, 0);
    });
    switch (reply.type) {
      case 'ready':
        if (place.plan) rememberPlan(planSegment(place.plan), bytes);
        return makeWay(place, screen);
      case 'failed':
        return await showFailure(reply.faults, place, registration);
      case 'consent':
        return await askConsent(reply.code, place, registration);
      default:
        throw new Error(`The worker answered '${wish}' with '${reply.type}'.`);
    }
  } catch (error) {
    showFaults([toFault(error)], retryAfter(error, place, registration), await withoutPlugins(error, place));
  } finally {
    screen.end();
  }
}

/** @param {Place} place */
function bootScreen({ plan }) {
  const title = plan ? describePlan(plan) : 'Datasette';
  const appName = !plan || plan.app === 'datasette' ? 'Datasette' : plan.app;
  const stages = bootStages(appName);
  const note = element('p', { class: 'note' });
  showFace(
    'loading',
    title,
    element('h1', {}, 'Opening ', element('span', { class: 'opened-name' }, title)),
    ...stages.nodes,
    note,
    element('p', { class: 'quiet-actions' }, link(SITE_PATH, 'Back to the start')),
  );
  // The worker's own program is a part of it, and comes before there is a worker to report anything.
  stages.update('runtime', []);
  const slow = setTimeout(() => {
    note.textContent = 'The first start on a device takes longest: what it downloads is kept here for the next one.';
  }, SLOW_MS);
  return { stages, end: () => clearTimeout(slow) };
}

/**
 * A page from the host and a worker of another release may not understand each other. The worker
 * has a shell of its own release, and a normal reload gets it.
 * @param {ServiceWorkerRegistration} registration
 */
async function agreeOnProtocol(registration) {
  const welcome = await sayHello(registration);
  if (!welcome || welcome.protocol === PROTOCOL_VERSION) return;
  registration.update().catch(() => {});
  if (!navigator.serviceWorker.controller) return reloadForGood();
  throw new BrowserError('worker-silent', {
    happened: 'this page and the service worker are of different releases of the site',
    detail: `page: protocol ${PROTOCOL_VERSION}\nworker: protocol ${welcome.protocol}, version ${welcome.version}`,
  });
}

/** Reload, and go no further meanwhile. @returns {Promise<never>} */
function reloadForGood() {
  reloadToApp();
  return new Promise(() => {});
}

/**
 * @param {Place} place
 * @param {ReturnType<typeof bootScreen>} screen
 */
function makeWay(place, { stages }) {
  stages.finish();
  setState('ready');
  setTimeout(() => showStillHere(place), STILL_HERE_MS);
  reloadToApp();
}

/**
 * The address led to a file, which the browser downloads while it leaves this page on the screen.
 * (An answer that merely takes its time replaces this page when it comes.)
 * @param {Place} place
 */
function showStillHere({ plan, prefix }) {
  const again = element('a', { href: location.href, class: 'button' }, 'Load this address again');
  showFace(
    'ready',
    plan ? describePlan(plan) : '',
    element('h1', {}, 'Ready'),
    element('p', {}, 'If this address is a file, your browser is downloading it now. Otherwise its page is about to appear.'),
    element('div', { class: 'actions' }, link(prefix, 'Go to the start of this data', 'button button-main'), again),
  );
}

/**
 * What "Try again" does after an error of ours: without a worker, or with one that hangs, the page
 * begins from nothing.
 * @param {unknown} error
 * @param {Place} place
 * @param {ServiceWorkerRegistration | null} registration
 */
function retryAfter(error, place, registration) {
  return async () => {
    const code = error instanceof BrowserError ? error.code : '';
    if (registration && code !== 'reload-loop' && code !== 'worker-silent') return tryAgain(place, registration);
    // What is downloaded stays in storage; only the worker itself is given up.
    if (code === 'worker-silent') await registration?.unregister().catch(() => false);
    forgetReloads();
    location.reload();
  };
}

/** A link that asks for something impossible does so every time. @param {Fault[]} faults */
function canHelp(faults) {
  return faults.some(({ name }) => name !== 'OptionError');
}

/**
 * @param {Fault[]} faults
 * @param {Place} place
 * @param {ServiceWorkerRegistration} registration
 */
async function showFailure(faults, place, registration) {
  const wanted = faults.flatMap(({ code, source }) => (code === 'file-not-here' && deviceFile(source ?? '')) || []);
  if (wanted.length) return askForFiles(place, wanted, faults.filter(({ code }) => code !== 'file-not-here'));
  const plugins = faults.flatMap(({ plugin }) => plugin ?? []);
  const without = plugins.length === faults.length ? { label: withoutText(plugins), href: await addressWithout(place, plugins) } : null;
  showFaults(faults, canHelp(faults) ? () => tryAgain(place, registration) : null, without ?? downloading(faults, place));
}

/** What else can be done with large databases that do not open at their hosts. @param {Fault[]} faults @param {Place} place */
function downloading(faults, { plan, prefix }) {
  if (!plan || faults.some(({ code }) => code !== 'no-ranges')) return null;
  const whole = wholePlan(plan, faults.flatMap(({ source }) => source ?? []));
  const inner = location.pathname.slice(prefix.length - 1) || '/';
  return { label: 'Download all of it', href: appPath(SITE_PATH, whole, `#${inner}${location.search}`) };
}

/**
 * @param {ForeignCode[]} code
 * @param {Place} place
 * @param {ServiceWorkerRegistration} registration
 */
async function askConsent(code, place, registration) {
  const plugins = [...new Set(code.flatMap((each) => (each.kind === 'configuration' ? [] : each.wantedBy)))];
  showConsent(code, {
    onAgree: async () => {
      if (!registration.active) throw new BrowserError('worker-silent');
      await ask(registration.active, { type: 'agree', code }, { silenceMs: AGREE_MS });
      forgetReloads();
      await boot(place);
    },
    without: { label: withoutText(plugins), href: await addressWithout(place, plugins) },
  });
}

/**
 * The way out where a plugin's code never ends, which nothing can interrupt.
 * @param {unknown} error
 * @param {Place} place
 */
async function withoutPlugins(error, place) {
  const plugins = place.plan?.options.filter(({ key }) => key === 'install').map(({ value }) => value) ?? [];
  if (!(error instanceof BrowserError && error.code === 'worker-silent') || !plugins.length) return null;
  return { label: withoutText(plugins), href: await addressWithout(place, plugins) };
}

/** @param {string[]} plugins */
function withoutText(plugins) {
  const [first] = plugins;
  return plugins.length === 1 && first ? `Go on without ${pluginTitle(first)}` : 'Go on without these plugins';
}

/**
 * @param {Place} place
 * @param {DeviceFile[]} missing
 * @param {Fault[]} [others]  of the other sources
 */
function askForFiles(place, missing, others = []) {
  const goOn = () => {
    waive();
    void boot(place);
  };
  const rest = place.plan ? planSources(place.plan).length - missing.length - others.length : 0;
  showMissingFiles(
    missing,
    {
      // An engine may be up without them.
      onGiven: () => void boot(place, 'restart'),
      goOnWithout: rest > 0 ? goOn : null,
    },
    others,
  );
}

/** @param {Place} place @param {ServiceWorkerRegistration | null} registration */
function tryAgain(place, registration) {
  forgetReloads();
  // What was bad data is kept like any other, and must be fetched anew.
  void boot(place, registration ? 'refetch' : 'open');
}

function whoAnswers() {
  const { controller } = navigator.serviceWorker;
  return controller ? `${controller.scriptURL} answers with the boot screen each time.` : 'No worker controls this page.';
}
