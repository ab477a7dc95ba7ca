/**
 * How a plan names a file of this device: `people.csv@<sha256>`.
 *
 * The hash says which bytes are meant, so a plan never opens another file of the same name. The
 * name may be anything; the last `@` parts the two.
 *
 * @typedef {{ name: string, sha256: string }} DeviceFile  sha256: 64 lower-case hex digits
 */

const WRITTEN = /^([^]+)@([\da-f]{64})$/i;

/** The file that a `file=` value names, or null when it is none. @param {string} value @returns {DeviceFile | null} */
export function deviceFile(value) {
  const [, name, sha256] = WRITTEN.exec(value) ?? [];
  return name !== undefined && sha256 !== undefined ? { name, sha256: sha256.toLowerCase() } : null;
}

/** The `file=` value for a file. @param {DeviceFile} file */
export function deviceFileValue({ name, sha256 }) {
  return `${name}@${sha256}`;
}
