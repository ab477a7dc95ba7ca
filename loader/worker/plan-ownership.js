/**
 * Who may change what is stored for a plan: the engine that was started last. Two would each
 * overwrite blocks of a database that the other one believes to be its own.
 *
 * Within a worker an engine learns at once that it was followed. The worker of an earlier release,
 * which may live on for a while, finds another owner in storage when it wants to write there.
 */

/** @typedef {{ id: string, readonly isOurs: boolean, giveUp(): void }} Ownership */

/** The worker's own. @type {Map<string, Ownership>} */
const owned = new Map();

/**
 * Take a plan over. Storage is told by whoever opens it.
 * @param {string} segment
 * @returns {Ownership}
 */
export function ownPlan(segment) {
  owned.get(segment)?.giveUp();
  let isOurs = true;
  const ownership = {
    id: crypto.randomUUID(),
    get isOurs() {
      return isOurs;
    },
    giveUp() {
      isOurs = false;
      if (owned.get(segment) === ownership) owned.delete(segment);
    },
  };
  owned.set(segment, ownership);
  return ownership;
}
