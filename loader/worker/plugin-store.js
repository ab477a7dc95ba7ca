/** What IndexedDB keeps about plugins: what the visitor agreed to, and what each plan installed. */
import { openDatabase } from './indexed-db.js';
import { storageName } from './site.js';

/** @typedef {import('./indexed-db.js').IDBPDatabase} IDBPDatabase */
/** @typedef {import('../shared/foreign-code.js').Agreement} Agreement */
/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {import('./plugin-wheels.js').Wheel} Wheel */

/** @type {Promise<IDBPDatabase> | null} */
let opening = null;

function database() {
  const makeStores = (/** @type {IDBPDatabase} */ db) => {
    db.createObjectStore('agreements', { keyPath: 'key' });
    db.createObjectStore('resolutions', { keyPath: 'key' });
  };
  return (opening ??= openDatabase(storageName('plugins'), makeStores, () => (opening = null)));
}

/** @returns {Promise<Agreement[]>} none where storage is refused: then everything is asked each time */
export async function agreements() {
  try {
    return await (await database()).getAll('agreements');
  } catch (error) {
    console.warn(`This browser keeps no agreements for this site: ${error}`);
    return [];
  }
}

/**
 * Remember what the visitor agreed to. Resolves when it is on disk.
 * @param {readonly ForeignCode[]} code
 */
export async function agree(code) {
  const tx = (await database()).transaction('agreements', 'readwrite', { durability: 'strict' });
  await Promise.all([...code.map((each) => tx.store.put({ ...each, at: Date.now() })), tx.done]);
}

/** @param {readonly string[]} keys */
export async function revoke(keys) {
  const tx = (await database()).transaction('agreements', 'readwrite', { durability: 'strict' });
  await Promise.all([...keys.map((key) => tx.store.delete(key)), tx.done]);
}

/**
 * The wheels that an earlier resolution found, so that a restart needs neither network nor installer.
 * @param {string} key says what was asked for and what of the site it depends on
 * @returns {Promise<Wheel[] | null>}
 */
export async function keptResolution(key) {
  try {
    return (await (await database()).get('resolutions', key))?.wheels ?? null;
  } catch {
    return null;
  }
}

/** @param {string} key @param {readonly Wheel[]} wheels */
export async function keepResolution(key, wheels) {
  try {
    await (await database()).put('resolutions', { key, wheels });
  } catch (error) {
    console.warn(`This browser did not keep which plugins were installed: ${error}`);
  }
}
