/**
 * What the launcher lists as recent: plans that were opened here, and files that are kept here
 * without one. Forgetting an entry frees what only it needs.
 */
import { deviceFile, deviceFileValue } from '../shared/device-file.js';
import { parsePath, planSegment, planSources } from '../shared/plan.js';
import { forgetFile, keptFiles } from './kept-files.js';
import { dropPlan, recentPlans } from './recent-plans.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { storageName } from './storage-names.js';
import { askRepeatedly } from './worker-ask.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('./kept-files.js').KeptFile} KeptFile */
/**
 * `hashes`: of the plan's files from this device. `bytes`: null while nobody knows. `isHere`: false
 * once the browser gave up a file of it.
 * @typedef {{ plan: Plan, segment: string, openedMs: number, hashes: string[], bytes: number | null, isHere: boolean }} RecentEntry
 */

/** @returns {Promise<RecentEntry[]>} the latest first */
export async function recentEntries() {
  const kept = await keptFiles().catch(() => []);
  const opened = recentPlans().flatMap(({ segment, openedMs, bytes }) => entryOf(segment, openedMs, bytes, kept) ?? []);
  const listed = new Set(opened.flatMap(({ hashes }) => hashes));
  const unopened = kept
    .filter(({ sha256 }) => !listed.has(sha256))
    .flatMap((file) => entryOf(segmentOf(file), file.addedMs, file.size, kept) ?? []);
  return [...opened, ...unopened].sort((a, b) => b.openedMs - a.openedMs);
}

/**
 * Free what only this entry needs. Where that fails half way the entry is still listed, to be tried again.
 * @param {RecentEntry} entry
 * @param {RecentEntry[]} others  whose files stay
 * @throws {Error} when the worker could not free it or does not answer
 */
export async function forgetEntry({ segment, hashes }, others) {
  await forgetEdits(segment);
  await forgetCopies(segment);
  const needed = new Set(others.flatMap((other) => other.hashes));
  for (const sha256 of hashes) if (!needed.has(sha256)) await forgetFile(sha256);
  dropPlan(segment);
}

/** How long a worker may take to end an engine and clear what it stored, before it is asked again. */
const FORGET_MS = 20_000;

/** Databases that were changed, cookies and the like: the worker has them, and perhaps an engine that uses them. @param {string} segment */
async function forgetEdits(segment) {
  const registration = await navigator.serviceWorker?.getRegistration(SITE_URL);
  if (!registration?.active) return;
  const url = new URL(`${SITE_PATH}app/${segment}/`, location.href).href;
  const reply = await askRepeatedly(registration.active, { type: 'forget', url }, { silenceMs: FORGET_MS });
  if (reply.type === 'failed') throw new Error(reply.faults[0]?.message);
}

/** What the worker keeps for a plan: copies of its downloads, and answers of its application that never change. @param {string} segment */
async function forgetCopies(segment) {
  const folders = [`${SITE_URL}-/data/${encodeURIComponent(segment)}/`, `${SITE_URL}app/${segment}/`];
  for (const name of await caches.keys()) {
    if (!name.startsWith(storageName(''))) continue;
    const cache = await caches.open(name);
    for (const key of await cache.keys()) {
      if (folders.some((folder) => key.url.startsWith(folder))) await cache.delete(key);
    }
  }
}

/**
 * @param {string} segment
 * @param {number} openedMs
 * @param {number | null} bytes
 * @param {KeptFile[]} kept
 * @returns {RecentEntry | null} null for what holds no data of its own, and so is as near as any link
 */
function entryOf(segment, openedMs, bytes, kept) {
  const plan = planOf(segment);
  const sources = plan && planSources(plan);
  if (!plan || !sources?.length) return null;
  const hashes = sources.flatMap(({ option, value }) => (option === 'file' && deviceFile(value)?.sha256) || []);
  const files = hashes.map((sha256) => kept.find((file) => file.sha256 === sha256));
  const isHere = !files.includes(undefined);
  if (isHere && hashes.length === sources.length) bytes = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  return { plan, segment, openedMs, hashes, bytes, isHere };
}

/** @param {string} segment @returns {Plan | null} null when this release cannot read it */
function planOf(segment) {
  try {
    return parsePath(`${SITE_PATH}app/${segment}/`, SITE_PATH)?.plan ?? null;
  } catch {
    return null;
  }
}

/** @param {KeptFile} file */
function segmentOf(file) {
  return planSegment({ app: 'datasette', options: [{ key: 'file', value: deviceFileValue(file) }] });
}
