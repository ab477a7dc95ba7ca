/** The launcher: ways to data, for those who come without a link and with one. It loads no Python. */
import { toFault } from '../shared/faults.js';
import { describePlan, parsePath } from '../shared/plan.js';
import { beginnings } from './beginnings.js';
import { takeDrops } from './drops.js';
import { changesToCarry } from './changes-to-carry.js';
import { button, element, link } from './element.js';
import { showFace } from './face.js';
import { faultCard } from './fault-view.js';
import { openFiles } from './file-intake.js';
import { filePicker } from './file-picker.js';
import { linkField } from './link-field.js';
import { recentList } from './recent-list.js';
import { siteOwnPlan } from './site-own-plan.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { onUpdateReady, registerWorker } from './worker-registration.js';
import { whyUnsupported } from './worker-trouble.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */

/**
 * @param {string} missing  the address that led here although nothing is there, or ''
 */
export function showLauncher(missing) {
  const notices = element('div', { class: 'notices' });
  const builder = builderSection();
  const allowed = element('div');
  const { card, taker } = openCard(null, builder.show);
  showFace(
    'launcher',
    missing ? 'Not found' : '',
    ...(missing ? notFound(missing) : introduction()),
    notices,
    card,
    recentList(),
    beginnings(),
    builder.section,
    allowed,
  );
  takeDrops(taker);
  tell(notices);
  void showAgreements(allowed);
  return builder;
}

/**
 * The launcher with its link builder open: `#build=<segment>`, as pages with imported tables link to it.
 * @param {string} segment  of the plan to change; its settings may be in any order
 * @throws {OptionError} bad-plan, unknown-option, bad-option
 */
export async function showBuilding(segment) {
  const place = parsePath(`${SITE_PATH}app/${segment}/`, SITE_PATH);
  const builder = showLauncher('');
  if (place?.plan) await builder.show(place.plan);
}

/**
 * The launcher for more data beside what is open: `#add=<segment>`, as the application's menu links to it.
 * @param {string} segment  of the plan that is open; '' for the site's own
 * @throws {OptionError} bad-plan, unknown-option, bad-option
 */
export async function showAdding(segment) {
  const place = segment ? parsePath(`${SITE_PATH}app/${segment}/`, SITE_PATH) : null;
  const open = place?.plan ?? (await siteOwnPlan());
  const name = describePlan(open);
  const notices = element('div', { class: 'notices' });
  const { card, taker } = openCard(open, null);
  showFace(
    'launcher',
    `Add to ${name}`,
    element('h1', {}, 'Add data to ', element('span', { class: 'opened-name' }, name)),
    element(
      'p',
      { class: 'lead' },
      'What you add opens together with it, at an address of its own.',
    ),
    notices,
    changesToCarry(place?.prefix ?? `${SITE_PATH}app/`),
    card,
    element('p', { class: 'quiet-actions' }, link(place?.prefix ?? `${SITE_PATH}app/`, `Back to ${name}`)),
  );
  takeDrops(taker);
  tell(notices);
}

/**
 * A field and a place for files, and who takes what is dropped on the window.
 * @param {Plan | null} open  what to add to
 * @param {((plan: Plan) => void) | null} onMore
 */
function openCard(open, onMore) {
  const field = linkField({ open, onMore });
  const give = (/** @type {File[]} */ files) => void openFiles(files, open);
  const says = open ? `Drop to add to ${describePlan(open)}` : 'Drop to open';
  const card = element(
    'div',
    { class: 'open-card' },
    field.form,
    element(
      'div',
      { class: 'files' },
      element(
        'p',
        {},
        element('strong', {}, 'Or open files of your own. '),
        element('span', { class: 'where-drops-are' }, 'Drop any number of them anywhere on this page. '),
        'They stay on this device: nothing is uploaded.',
      ),
      ...filePicker('Choose files', give),
    ),
  );
  return { card, taker: { says, takeFiles: give, takeLink: field.take } };
}

function introduction() {
  return [
    element('h1', {}, 'Explore data in your browser'),
    element(
      'p',
      { class: 'lead' },
      'Datasette Lite runs the whole of Datasette, with tables, facets, search, SQL and editing, inside this browser. ' +
        'The data stays on your device, and what you change is your own copy.',
    ),
  ];
}

/** @param {string} address */
function notFound(address) {
  return [
    element('h1', {}, 'There is nothing at this address'),
    element(
      'p',
      { class: 'lead' },
      'This site has no page ',
      element('code', {}, address),
      '. You can begin here, or at ',
      link(SITE_PATH, 'its start page'),
      '.',
    ),
  ];
}

/** Loaded when it is opened: few need it. */
function builderSection() {
  const place = element('div', {});
  const section = element('details', { class: 'builder' }, element('summary', {}, element('h2', {}, 'Build a link')), place);
  /** @type {Promise<ReturnType<typeof import('./link-builder.js').linkBuilder>> | null} */
  let loading = null;
  const load = () => {
    loading ??= import('./link-builder.js').then(({ linkBuilder }) => {
      const builder = linkBuilder();
      place.replaceChildren(builder.form);
      return builder;
    });
    loading.catch((error) => {
      loading = null;
      place.replaceChildren(element('p', { class: 'link-wrong', role: 'alert' }, `It could not be loaded: ${error}`));
    });
    return loading;
  };
  section.addEventListener('toggle', () => {
    if (section.open) void load();
  });
  return {
    section,
    /** @param {Plan} plan  to begin with */
    async show(plan) {
      section.open = true;
      (await load()).fill(plan);
    },
  };
}

/** Loaded where something may have been allowed: a browser without a worker has nothing to list. @param {HTMLElement} place */
async function showAgreements(place) {
  if (!(await navigator.serviceWorker?.getRegistration(SITE_URL).catch(() => undefined))) return;
  const { agreementList } = await import('./agreement-list.js');
  place.replaceChildren(agreementList());
}

/** What there is to say about this browser and this release. @param {HTMLElement} notices */
function tell(notices) {
  const trouble = whyUnsupported();
  if (trouble) notices.append(faultCard(toFault(trouble), 'h2'));
  void offerUpdate(notices);
  if (!trouble) void prepareForOffline();
  void showVersion();
}

/**
 * Have the worker in place, when the page has nothing better to do: the site then works without
 * the network, and the first data opens sooner.
 */
async function prepareForOffline() {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  await new Promise((resolve) => (self.requestIdleCallback ?? setTimeout)(resolve));
  // Whoever opens data is told what is wrong.
  await registerWorker().catch(() => {});
}

/** @param {HTMLElement} notices */
async function offerUpdate(notices) {
  await onUpdateReady((takeOver) => {
    const use = button('Use it now', () => {
      use.disabled = true;
      takeOver();
    });
    notices.replaceChildren(element('p', { class: 'update', role: 'status' }, 'A new version is ready. ', use));
  });
}

/** Which releases these are, at the foot of the page. */
async function showVersion() {
  const place = document.querySelector('[data-part=version]');
  if (!navigator.onLine) return;
  const { release } = await import(`${SITE_URL}vendor/release.js`).catch(() => ({ release: null }));
  if (release && place) {
    place.textContent = `Datasette Lite ${release.version} with Datasette ${release.datasette} and Python ${release.python}`;
  }
}
