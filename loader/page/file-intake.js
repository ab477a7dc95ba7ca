/** Taking files in: known by their content, kept in this browser, and opened as a plan. */
import { deviceFileValue } from '../shared/device-file.js';
import { BrowserError, DataError } from '../shared/faults.js';
import { contentHash } from '../shared/content-hash.js';
import { askToKeep } from './device-room.js';
import { fileDialog } from './file-dialog.js';
import { forgetFile, keepFile, requireFittingSize } from './kept-files.js';
import { goToJoinedPlan, goToPlan } from './plan-opening.js';
import { whyUnsupported } from './worker-trouble.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/device-file.js').DeviceFile} DeviceFile */
/** @typedef {import('./file-dialog.js').FileDialog} FileDialog */

/** Lies beside data, but is none: SQLite's own side files, and what file managers leave behind. */
const NO_DATA = /(-(wal|shm|journal)|^(\.DS_Store|Thumbs\.db|desktop\.ini))$/i;

/**
 * Keep files and go to a plan of them.
 * @param {File[]} files
 * @param {Plan | null} [open]  what to add them to
 */
export async function openFiles(files, open = null) {
  const dialog = fileDialog();
  try {
    requireWorkers();
    const data = files.filter(({ name }) => !NO_DATA.test(name));
    if (!data.length) return dialog.tell('Nothing to open', 'There is no file with data among these.');
    /** @type {Set<string>} */
    const values = new Set();
    for (const file of data) values.add(deviceFileValue(await takeIn(file, dialog)));
    const plan = { app: open?.app ?? 'datasette', options: [...values].map((value) => ({ key: 'file', value })) };
    dialog.progress(data.length === 1 ? `Opening ${data[0]?.name}` : `Opening ${data.length} files`);
    await (open ? goToJoinedPlan(open, plan) : goToPlan(plan));
  } catch (error) {
    dialog.fail(error);
  }
}

/** @param {File} file @param {FileDialog} dialog @returns {Promise<DeviceFile>} */
async function takeIn(file, dialog) {
  const sha256 = await fingerprint(file, dialog);
  await keep(file, sha256, dialog);
  return { name: file.name, sha256 };
}

/**
 * @param {File} file
 * @param {string} sha256
 * @param {FileDialog} dialog
 * @throws {BrowserError} storage-unavailable
 */
export async function keep(file, sha256, dialog) {
  dialog.progress(`Keeping ${file.name} in this browser`);
  void askToKeep();
  const isNew = await keepFile(file, sha256);
  if (dialog.signal.aborted && isNew) await forgetFile(sha256);
  dialog.signal.throwIfAborted();
}

/**
 * What tells a file from others, while the dialog shows how far that is.
 * @param {File} file
 * @param {FileDialog} dialog
 * @returns {Promise<string>} 64 hex digits
 * @throws {DataError} too-large
 * @throws {BrowserError} storage-unavailable
 */
export async function fingerprint(file, dialog) {
  const onBytes = (/** @type {number} */ done) => dialog.progress(`Reading ${file.name}`, done, file.size);
  onBytes(0);
  try {
    await requireFittingSize(file);
    return await contentHash(file, { signal: dialog.signal, onBytes });
  } catch (cause) {
    if (dialog.signal.aborted || cause instanceof DataError) throw cause;
    throw new BrowserError('storage-unavailable', {
      tried: `Could not read ${file.name}`,
      happened: 'the browser was not given its content',
      advice: 'It may be a folder, or was moved or changed meanwhile: choose the file again.',
      cause,
    });
  }
}

/** @throws {BrowserError} where nothing could be opened anyway */
function requireWorkers() {
  const trouble = whyUnsupported();
  if (trouble) throw trouble;
}
