/**
 * A link to files of somebody's device, opened where they are not: it explains itself and asks for
 * them. Nothing else is fetched before that is settled.
 */
import { deviceFile, deviceFileValue } from '../shared/device-file.js';
import { planSources } from '../shared/plan.js';
import { appPrefix } from './app-prefix.js';
import { takeDrops } from './drops.js';
import { button, element, link } from './element.js';
import { showFace } from './face.js';
import { faultCard } from './fault-view.js';
import { fileDialog } from './file-dialog.js';
import { fingerprint, keep, openFiles } from './file-intake.js';
import { filePicker } from './file-picker.js';
import { isKept } from './kept-files.js';
import { SITE_PATH } from './site-root.js';
import { storageName } from './storage-names.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/device-file.js').DeviceFile} DeviceFile */
/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {{ onGiven: () => void, goOnWithout: (() => void) | null }} Ways */

/**
 * The files of a plan that are not kept here.
 * @param {Plan} plan
 * @returns {Promise<DeviceFile[]>} none where storage cannot be asked: the boot says why
 */
export async function missingFiles(plan) {
  const files = planSources(plan).flatMap(({ option, value }) => (option === 'file' && deviceFile(value)) || []);
  try {
    const kept = await Promise.all(files.map(({ sha256 }) => isKept(sha256)));
    return files.filter((_, position) => !kept[position]);
  } catch {
    return [];
  }
}

/** Whether the visitor chose, in this tab, to do without what is missing. */
export function isWaived() {
  try {
    return sessionStorage.getItem(waiverKey()) !== null;
  } catch {
    return false;
  }
}

/** So that a worker that starts anew does not bring the question back. */
export function waive() {
  try {
    sessionStorage.setItem(waiverKey(), 'yes');
  } catch {
    // Then it will be asked again.
  }
}

function waiverKey() {
  return storageName(`without ${appPrefix(location.pathname, SITE_PATH)}`);
}

/**
 * The face that asks for them.
 * @param {DeviceFile[]} missing  at least one
 * @param {Ways} ways  what to do when all are here, and how to go on without; null where nothing would be left
 * @param {Fault[]} [others]  what else keeps the plan from opening
 */
export function showMissingFiles(missing, { onGiven, goOnWithout }, others = []) {
  const names = missing.length === 1 ? (missing[0]?.name ?? '') : `${missing.length} files`;
  const give = (/** @type {File[]} */ files) => void giveFiles(files, missing, { onGiven, goOnWithout }, others);
  const choose = filePicker(`Choose ${names}`, give, 'button button-main');
  showFace(
    'failed',
    names,
    element(
      'div',
      { class: 'fault fault-asks', role: 'alert', 'data-code': 'file-not-here' },
      element('h1', {}, 'This link needs ', element('span', { class: 'opened-name' }, names), ' from your device'),
      element(
        'p',
        {},
        'It was made for data that somebody opened from their own device. Such a link holds the name of each file ' +
          'and a fingerprint of its content, never the data itself.',
      ),
      missing.length > 1 && element('ul', {}, ...missing.map(({ name }) => element('li', { class: 'opened-name' }, name))),
      element(
        'p',
        {},
        `If you have ${missing.length > 1 ? 'them' : 'it'}, choose ${missing.length > 1 ? 'them' : 'it'} here or drop ` +
          `${missing.length > 1 ? 'them' : 'it'} on this page: the data stays in this browser. If not, ask whoever gave you the link.`,
      ),
      element('div', { class: 'actions' }, ...choose),
      element(
        'details',
        {},
        element('summary', {}, 'Details'),
        element('pre', { tabindex: '0' }, ['OptionError: file-not-here', ...missing.map(deviceFileValue)].join('\n\n')),
      ),
    ),
    ...others.map((fault) => faultCard(fault, 'h2')),
    element(
      'div',
      { class: 'actions' },
      goOnWithout && button('Open the rest without it', goOnWithout),
      link(SITE_PATH, 'Back to the start', 'button'),
    ),
  );
  takeDrops({ says: `Drop ${names} to open this link`, takeFiles: give });
}

/**
 * Keep those that the link means.
 * @param {File[]} files
 * @param {DeviceFile[]} missing
 * @param {Ways} ways
 * @param {Fault[]} others
 */
async function giveFiles(files, missing, ways, others) {
  const dialog = fileDialog();
  const still = new Map(missing.map((file) => [file.sha256, file]));
  /** @type {File[]} */
  const strangers = [];
  try {
    for (const file of files) {
      const sha256 = await fingerprint(file, dialog);
      if (still.has(sha256)) await keep(file, sha256, dialog);
      else strangers.push(file);
      still.delete(sha256);
    }
  } catch (error) {
    return dialog.fail(error);
  }
  if (!still.size) {
    dialog.close();
    return ways.onGiven();
  }
  if (still.size < missing.length) showMissingFiles([...still.values()], ways, others);
  if (strangers.length) dialog.tell(...strangerText(strangers), openStrangers(strangers, dialog.close));
  else dialog.close();
}

/** @param {File[]} strangers @returns {[string, string]} */
function strangerText(strangers) {
  const [first] = strangers;
  if (strangers.length > 1) return ['These are other files', 'None of them has the content that the link was made with.'];
  return [
    'This is another file',
    `The content of ${first?.name} is not what the link was made with. Perhaps it was changed since then, or only has the same name.`,
  ];
}

/** @param {File[]} strangers @param {() => void} close */
function openStrangers(strangers, close) {
  const label = strangers.length > 1 ? 'Open them as they are' : 'Open it as it is';
  return button(
    label,
    () => {
      close();
      void openFiles(strangers);
    },
    'button button-main',
  );
}
