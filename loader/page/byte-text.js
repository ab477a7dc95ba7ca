/** Byte counts as people read them, in the decimal units that browsers' own download lists use. */

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

/**
 * How far one download is.
 *
 * 3_140_000, 9_600_000 → '3.1 of 9.6 MB'
 * 0, 240_000           → '0 of 240 kB'
 * 512, null            → '512 bytes'
 * 9_600_000, 9_600_000 → '9.6 MB'
 * @param {number} done
 * @param {number | null} total  null while nobody knows
 */
export function progressText(done, total) {
  if (total === null || done >= total) return byteText(done);
  const power = unitOf(total);
  return `${amount(done, power)} of ${amount(total, power)} ${UNITS[power]}`;
}

/** @param {number} bytes */
export function byteText(bytes) {
  const power = unitOf(bytes);
  return `${amount(bytes, power)} ${UNITS[power]}`;
}

/** @param {number} bytes  999_950 is already written as '1.0 MB' rather than '1000 kB' */
function unitOf(bytes) {
  let power = 0;
  while (power < UNITS.length - 1 && bytes >= 999.5 * 1000 ** power) power += 1;
  return power;
}

/** @param {number} bytes @param {number} power  one digit after the point from megabytes on */
function amount(bytes, power) {
  const scaled = bytes / 1000 ** power;
  return power >= 2 && scaled > 0 && scaled < 100 ? scaled.toFixed(1) : String(Math.round(scaled));
}
