/** How files begin and end that are read where the browser keeps them, so that their size does not matter. */

/** How every SQLite database begins. */
export const SQLITE_MAGIC = 'SQLite format 3\0';

/** How every Parquet file begins, and ends: `PAR1,PAR2` may be the header of a CSV. */
export const PARQUET_MAGIC = 'PAR1';

/** All others have to be in memory in one piece: of at most 2 GiB, and Python needs room, too. In bytes. */
export const MOST_BYTES_IN_MEMORY = 1_900_000_000;

/**
 * @param {Blob} blob
 * @param {string} magic
 * @returns {Promise<boolean>}
 */
export async function startsWith(blob, magic) {
  return (await blob.slice(0, magic.length).text()) === magic;
}

/**
 * @param {Blob} blob
 * @param {string} magic
 * @returns {Promise<boolean>}
 */
export async function endsWith(blob, magic) {
  return (await blob.slice(-magic.length).text()) === magic;
}

/**
 * Whether a file of that size can be opened at all.
 * @param {Blob} head its beginning, or all of it
 * @param {number} size in bytes
 */
export async function fitsIn(head, size) {
  return size <= MOST_BYTES_IN_MEMORY || (await startsWith(head, SQLITE_MAGIC)) || startsWith(head, PARQUET_MAGIC);
}
