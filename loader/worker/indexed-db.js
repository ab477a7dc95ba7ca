/** The databases that the worker keeps in IndexedDB. */
import { openDB } from '../../vendor/npm/idb/index.js';

/** @typedef {import('../../vendor/npm/idb/index.js').IDBPDatabase} IDBPDatabase */

/**
 * @param {string} name
 * @param {(db: IDBPDatabase) => void} upgrade makes its stores
 * @param {() => void} onGone called when it cannot be used: the next use opens it again
 * @returns {Promise<IDBPDatabase>}
 */
export function openDatabase(name, upgrade, onGone) {
  const opening = openDB(name, 1, {
    upgrade,
    // A later release may need another version.
    blocking: (_current, _blocked, event) => {
      /** @type {IDBDatabase} */ (event.target).close();
      onGone();
    },
    terminated: onGone,
  });
  opening.catch(onGone);
  return opening;
}
