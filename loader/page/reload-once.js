/**
 * The boot screen makes way for the application by reloading its own address. This module sees to
 * it that such a reload, if it leads to the boot screen again, does not become a loop.
 *
 * A mark in sessionStorage holds the address, the time, and how many reloads followed each other.
 * A page that was navigated to long after the mark is somebody's own reload and starts afresh.
 */
const KEY = 'datasette-lite reload';

/**
 * Between `location.reload()` and the start of the navigation it causes lie milliseconds (1 to 22,
 * measured in three browsers). Longer, and another page stood in between: the application's, which
 * the visitor then reloaded.
 */
const OWN_RELOAD_MS = 500;

/**
 * The worker itself answered with the boot screen: it was killed after it said that it was ready.
 * That may happen once or twice, each time after a whole boot.
 */
const MOST_WHEN_CONTROLLED = 3;

const ownReloads = countOwnReloads();

/**
 * Whether this page is where our own reload led, so that another one would lead nowhere else:
 * the worker does not see this page's requests, or is gone each time.
 */
export function isReloadLoop() {
  return ownReloads >= (navigator.serviceWorker?.controller ? MOST_WHEN_CONTROLLED : 1);
}

/** Load the page's own address again, fragment included. */
export function reloadToApp() {
  write({ address: address(), atMs: Date.now(), count: ownReloads + 1 });
  location.reload();
}

/** The application's own page arrived, or the visitor asked for another try: begin counting anew. */
export function forgetReloads() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // No storage, no mark.
  }
}

/** How many of our own reloads in a row led to this page. */
function countOwnReloads() {
  const mark = read();
  const startedMs = Date.now() - performance.now();
  if (!mark || mark.address !== address() || startedMs - mark.atMs > OWN_RELOAD_MS) return 0;
  return mark.count;
}

function address() {
  return location.pathname + location.search;
}

/** @returns {{ address: string, atMs: number, count: number } | null} */
function read() {
  try {
    const mark = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return typeof mark?.count === 'number' && typeof mark.atMs === 'number' ? mark : null;
  } catch {
    return null;
  }
}

/** @param {{ address: string, atMs: number, count: number }} mark */
function write(mark) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(mark));
  } catch {
    // Where storage is refused there are no workers either, so nothing here reloads.
  }
}
