/**
 * Who may change what is stored for a plan: one engine at a time. Two would each overwrite blocks of
 * a database that the other one believes to be its own.
 */
import { BrowserError } from '../shared/faults.js';
import { storageName } from './site.js';

/** @typedef {{ check(): void, giveUp(): void }} Ownership check throws when it has passed to another */

/** The worker's own, which a new start takes over at once. @type {Map<string, Ownership>} */
const owned = new Map();

/**
 * Waits for another worker, as that of an earlier release, which ends when it is replaced.
 * @param {string} segment
 * @returns {Promise<Ownership>}
 */
export async function ownPlan(segment) {
  owned.get(segment)?.giveUp();
  let isOurs = true;
  /** @type {PromiseWithResolvers<void>} */
  const given = Promise.withResolvers();
  /** @type {PromiseWithResolvers<void>} */
  const taken = Promise.withResolvers();
  const ownership = {
    check() {
      if (!isOurs) throw new BrowserError('edit-not-saved', { tried: 'Could not save this change', happened: 'the data was opened anew meanwhile', advice: 'Reload and try again.' });
    },
    giveUp() {
      isOurs = false;
      if (owned.get(segment) === ownership) owned.delete(segment);
      given.resolve();
    },
  };
  owned.set(segment, ownership);
  // The lock ends with the worker, however that ends.
  navigator.locks
    .request(storageName(`owner of ${segment}`), () => {
      taken.resolve();
      return given.promise;
    })
    .catch(taken.reject);
  await taken.promise;
  return ownership;
}
