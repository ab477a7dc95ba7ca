/** The engines at work, one per plan, and who waits for them. */
import { bootEngine } from './engine.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./plan-places.js').Place} Place */
/** @typedef {import('../shared/protocol.js').Progress} Progress */
/** @typedef {(progress: Progress) => void} OnProgress */
/**
 * @typedef {{ promise: Promise<Engine>, engine: Engine | null, watchers: Set<OnProgress>,
 *   latest: Map<string, Progress>, usedAt: number }} Seat
 */

/** An interpreter with Datasette takes about 100 MB; browsers end workers that take much more than three. */
const MOST_ENGINES = 3;

/** @type {Map<string, Seat>} by the plan's segment */
const seats = new Map();

/** Those that are storing their last changes, or whose storage is being changed. @type {Map<string, Promise<void>>} by the plan's segment */
const ending = new Map();

/**
 * The engine of a plan, started if need be. A failed start is forgotten, so that the next request
 * tries again.
 * @param {Place} place
 * @param {OnProgress} [onProgress] told the latest of each stage at once, then every change
 * @param {{ fresh?: boolean }} [how] fresh: a start asks every host for its data anew
 * @returns {Promise<Engine>}
 */
export async function openEngine(place, onProgress, how = {}) {
  if (seats.get(place.segment)?.engine?.isSpent) void closeEngine(place.segment);
  const seat = seats.get(place.segment) ?? takeSeat(place, how);
  seat.usedAt = performance.now();
  if (onProgress) {
    for (const progress of seat.latest.values()) onProgress(progress);
    seat.watchers.add(onProgress);
  }
  try {
    return await seat.promise;
  } finally {
    if (onProgress) seat.watchers.delete(onProgress);
  }
}

/**
 * The engine of a plan, if it is up.
 * @param {Place} place
 */
export function readyEngine(place) {
  return seats.get(place.segment)?.engine ?? null;
}

/**
 * Let a plan's engine go, at once: the next request starts another. Resolves when it has ended.
 * @param {string} segment
 */
export async function closeEngine(segment) {
  const seat = seats.get(segment);
  seats.delete(segment);
  if (!seat?.engine) return;
  const ended = seat.engine.close().catch((error) => console.warn(`An engine did not end well: ${error}`));
  ending.set(segment, ended);
  await ended;
  if (ending.get(segment) === ended) ending.delete(segment);
}

/**
 * Do something while a plan has no engine: one that is asked for meanwhile starts after it.
 * @param {string} segment
 * @param {() => Promise<unknown>} work
 */
export async function withoutEngine(segment, work) {
  const closing = closeEngine(segment);
  const working = Promise.all([closing, ending.get(segment)]).then(work);
  const ended = working.then(() => {}, () => {});
  ending.set(segment, ended);
  try {
    await working;
  } finally {
    if (ending.get(segment) === ended) ending.delete(segment);
  }
}

/** Segments of the plans whose data was edited since their engine started, or is perhaps just now. */
export function editedPlans() {
  return [...seats].filter(([, { engine }]) => engine && (engine.edited || engine.busy)).map(([segment]) => segment);
}

/**
 * Segments of the plans that run a piece of code, or start and so perhaps will.
 * @param {readonly string[]} keys
 */
export function plansThatRun(keys) {
  return [...seats].filter(([, { engine }]) => !engine || engine.code.some((key) => keys.includes(key))).map(([segment]) => segment);
}

/** @param {Place} place @param {{ fresh?: boolean }} how @returns {Seat} */
function takeSeat(place, how) {
  /** @type {Seat['watchers']} */
  const watchers = new Set();
  /** @type {Seat['latest']} */
  const latest = new Map();
  const tell = (/** @type {Progress} */ progress) => {
    latest.set(progress.stage, progress);
    for (const watcher of watchers) watcher(progress);
  };
  const promise = (ending.get(place.segment) ?? Promise.resolve()).then(() => bootEngine(place, tell, how));
  /** @type {Seat} */
  const seat = { promise, engine: null, watchers, latest, usedAt: performance.now() };
  seats.set(place.segment, seat);
  seat.promise.then(
    (engine) => {
      seat.engine = engine;
      // Restarted or dropped while it booted: nobody will ask it anything.
      if (seats.get(place.segment) !== seat) void engine.close();
      else closeLeastUsed(seat);
    },
    () => seats.get(place.segment) === seat && seats.delete(place.segment),
  );
  return seat;
}

/**
 * Keep to `MOST_ENGINES`: the one unused for longest goes first, but before it any that was not
 * edited; one at work, starting or just started stays.
 * @param {Seat} justStarted
 */
function closeLeastUsed(justStarted) {
  const ready = [...seats].filter(([, seat]) => seat.engine);
  const idle = ready.filter(([, seat]) => seat !== justStarted && !seat.engine?.busy);
  idle.sort(([, a], [, b]) => Number(a.engine?.edited) - Number(b.engine?.edited) || a.usedAt - b.usedAt);
  for (const [segment] of idle.slice(0, Math.max(0, ready.length - MOST_ENGINES))) void closeEngine(segment);
}
