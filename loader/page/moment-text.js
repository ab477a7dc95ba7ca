/** Moments as people speak of them. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * When something was, seen from now.
 *
 * 'just now', '12 minutes ago', '3 hours ago' (the same day), 'yesterday', '3 November', '3 November 2025'
 * @param {number} ms  since 1970
 * @param {number} [nowMs]
 */
export function momentText(ms, nowMs = Date.now()) {
  const passedMs = Math.max(0, nowMs - ms);
  if (passedMs < MINUTE_MS) return 'just now';
  if (passedMs < HOUR_MS) return ago(Math.floor(passedMs / MINUTE_MS), 'minute');
  const days = dayOf(nowMs) - dayOf(ms);
  if (days === 0) return ago(Math.floor(passedMs / HOUR_MS), 'hour');
  if (days === 1) return 'yesterday';
  const sameYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', ...(!sameYear && { year: 'numeric' }) }).format(ms);
}

/** @param {number} count @param {string} unit */
function ago(count, unit) {
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** Counts the days of this device's calendar. @param {number} ms */
function dayOf(ms) {
  const date = new Date(ms);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / (24 * HOUR_MS));
}
