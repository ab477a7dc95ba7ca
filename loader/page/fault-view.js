/** Faults as people read them: one card each, what to do, and the details for those who want them. */
import { button, element, link } from './element.js';
import { showFace } from './face.js';
import { SITE_PATH } from './site-root.js';
import { isFramed } from './worker-trouble.js';

/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {import('../shared/faults.js').FaultName} FaultName */

/** Headings say who can act. @type {Record<FaultName, string>} */
const HEADINGS = {
  OptionError: 'There is something wrong with this link',
  DownloadError: 'The data could not be downloaded',
  DataError: 'The data could not be opened',
  BrowserError: 'Datasette Lite cannot run in this window',
  EngineError: 'The application did not start',
};

/** Of the faults that name a whole family, these deserve words of their own. @type {{ [code: string]: string }} */
const OWN_HEADINGS = {
  'worker-silent': 'No answer from the service worker',
  'reload-loop': 'Stopped before reloading again',
  'boot-timeout': 'Starting took too long',
  'plugin-not-found': 'A plugin could not be found',
  'plugin-no-wheel': 'A plugin cannot be installed here',
  'plugin-conflict': 'A plugin does not go with the rest',
  'plugin-failed': 'A plugin does not work',
  'ref-failed': 'This release of Datasette does not run here',
  'plugin-not-allowed': 'This site does not allow this plugin',
  'plugin-altered': 'A plugin is not what it should be',
  'no-ranges': 'This database is large',
};

/** A `data:` link may be megabytes long. */
const MOST_OF_SOURCE = 400;

/**
 * The face for a visit that cannot go on.
 * @param {Fault[]} faults  at least one
 * @param {(() => void) | null} tryAgain  null where another try can only end the same
 * @param {{ label: string, href: string } | null} [without]  an address without what failed
 */
export function showFaults(faults, tryAgain, without = null) {
  showFace(
    'failed',
    headingOf(faults),
    ...(faults.length > 1 ? [element('h1', {}, headingOf(faults))] : []),
    ...faults.map((fault) => faultCard(fault, faults.length === 1 ? 'h1' : 'h2')),
    actions(faults, tryAgain, without),
  );
}

/**
 * One fault. Nothing in it is markup: text comes from hosts, links and tracebacks.
 * @param {Fault} fault
 * @param {'h1' | 'h2'} level
 */
export function faultCard(fault, level) {
  return element(
    'div',
    { class: 'fault', role: 'alert', 'data-code': fault.code },
    element(level, {}, ownHeading(fault)),
    element('p', { class: 'fault-message' }, fault.message),
    isAboutData(fault) && element('p', { class: 'fault-source' }, fault.source?.slice(0, MOST_OF_SOURCE)),
    element(
      'details',
      {},
      element('summary', {}, 'Details'),
      element('pre', { tabindex: '0' }, [`${fault.name}: ${fault.code}`, fault.detail].filter(Boolean).join('\n\n')),
    ),
  );
}

/** @param {Fault[]} faults */
function headingOf(faults) {
  const [first] = faults;
  if (faults.length === 1 && first) return ownHeading(first);
  return `${faults.length} problems, so there is nothing to show`;
}

/** @param {Fault} fault */
function ownHeading({ code, name }) {
  return OWN_HEADINGS[code] ?? HEADINGS[name] ?? HEADINGS.EngineError;
}

/** Its source is the address that failed; that of a fault in a link is only a word of the link. @param {Fault} fault */
function isAboutData({ name }) {
  return name === 'DownloadError' || name === 'DataError';
}

/** @param {Fault[]} faults @param {(() => void) | null} tryAgain @param {{ label: string, href: string } | null} without */
function actions(faults, tryAgain, without) {
  const blocked = isFramed() && faults.some(({ name }) => name === 'BrowserError');
  const newTab = blocked && element(
    'a',
    { href: location.href, target: '_blank', rel: 'noopener', class: 'button button-main' },
    'Open in a new tab',
  );
  return element(
    'div',
    { class: 'actions' },
    newTab,
    without && link(without.href, without.label, newTab ? 'button' : 'button button-main'),
    tryAgain && button('Try again', tryAgain, newTab || without ? 'button' : 'button button-main'),
    link(SITE_PATH, 'Back to the start', newTab || without || tryAgain ? 'button' : 'button button-main'),
  );
}
