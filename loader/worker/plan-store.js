/** What each plan keeps in IndexedDB: its cookies, and the secret its application signs them with. */
import { openDatabase } from './indexed-db.js';
import { storageName } from './site.js';

/** @typedef {import('./indexed-db.js').IDBPDatabase} IDBPDatabase */
/**
 * @typedef {{ segment: string, secret: string, cookies: string | null, usedAt: number }} PlanRecord
 *   `cookies` is the jar as `datasette_lite.cookies` dumps it; `usedAt`, in milliseconds since 1970,
 *   is when the plan was last seen in use
 */

/** @type {Promise<IDBPDatabase> | null} */
let opening = null;

function database() {
  const makeStores = (/** @type {IDBPDatabase} */ db) => void db.createObjectStore('plans', { keyPath: 'segment' });
  return (opening ??= openDatabase(storageName('plans'), makeStores, () => (opening = null)));
}

/**
 * The record of a plan, made at its first use. The secret has to outlive the worker: a cookie
 * signed by one engine is read by the next.
 * @param {string} segment
 * @returns {Promise<PlanRecord>}
 */
export async function planRecord(segment) {
  const fresh = { segment, secret: randomSecret(), cookies: null, usedAt: Date.now() };
  try {
    const tx = (await database()).transaction('plans', 'readwrite', { durability: 'strict' });
    const kept = await tx.store.get(segment);
    await tx.store.put({ ...fresh, ...kept, usedAt: fresh.usedAt });
    await tx.done;
    return kept ?? fresh;
  } catch (error) {
    // Storage refused (some private modes): the visit works, its cookies end with the worker.
    console.warn(`This browser keeps no cookies for this site: ${error}`);
    return fresh;
  }
}

/** How exactly it is known when a plan was used, in milliseconds. */
const TOUCH_MS = 3600 * 1000;

/** @type {Map<string, number>} */
const touched = new Map();

/**
 * Note that a page of the plan is open.
 * @param {string} segment
 */
export async function touchPlan(segment) {
  if (Date.now() - (touched.get(segment) ?? 0) < TOUCH_MS) return;
  touched.set(segment, Date.now());
  await planRecord(segment);
}

/**
 * Keep a plan's cookies. Resolves when they are on disk.
 * @param {PlanRecord} record
 * @param {string} cookies
 */
export async function keepCookies(record, cookies) {
  record.cookies = cookies;
  try {
    const tx = (await database()).transaction('plans', 'readwrite', { durability: 'strict' });
    // The record says when the plan was used before this visit.
    await tx.store.put({ ...record, usedAt: Date.now() });
    await tx.done;
  } catch (error) {
    console.warn(`This browser did not keep a cookie: ${error}`);
  }
}

/**
 * Forget a plan's cookies and secret.
 * @param {string} segment
 */
export async function forgetPlan(segment) {
  const tx = (await database()).transaction('plans', 'readwrite', { durability: 'strict' });
  await Promise.all([tx.store.delete(segment), tx.done]);
  touched.delete(segment);
}

/** 256 random bits as hex, from the browser's own generator. */
function randomSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
