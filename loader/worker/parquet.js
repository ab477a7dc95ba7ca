/** Rows of a Parquet file, read row group by row group, for `datasette_lite.importers`. */
import { compressors } from '../../vendor/npm/hyparquet-compressors/index.js';
import { parquetMetadataAsync, parquetReadObjects } from '../../vendor/npm/hyparquet/index.js';

/** @typedef {import('../../vendor/npm/hyparquet/index.js').FileMetaData} FileMetaData */

/** Rows converted at a time: a few megabytes of JSON at the usual widths. */
const BATCH_ROWS = 5_000;

/**
 * The rows as JSON texts, each a list of `{column: value}` in the file's order. What JSON lacks is
 * an object with one key that starts with `$`: `{"$int": "…"}` beyond 2^53, `{"$bytes": base64}` for
 * what is no text.
 * Times are ISO 8601 text, NaN and infinities null.
 * @param {Uint8Array<ArrayBuffer>} bytes the file
 * @returns {AsyncGenerator<{ rows: string, done: number, total: number }>} done and total count rows
 * @throws {Error} of the reader's, when the bytes are no Parquet
 */
export async function* parquetBatches(bytes) {
  const file = {
    byteLength: bytes.byteLength,
    slice: (/** @type {number} */ start, /** @type {number | undefined} */ end) => bytes.slice(start, end).buffer,
  };
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  const columns = refinements(metadata);
  // utf8: what no annotation calls text would be decoded as such, with U+FFFD for what is none.
  const how = { file, metadata, compressors, utf8: false };
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const rows = await parquetReadObjects({ ...how, rowStart: groupStart, rowEnd: groupEnd });
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const batch = rows.slice(start, start + BATCH_ROWS);
      for (const [column, refined] of columns) for (const row of batch) row[column] = refined(row[column]);
      const end = groupStart + start + batch.length;
      yield { rows: JSON.stringify(batch, plainValue), done: end, total };
    }
    groupStart = groupEnd;
  }
}

/**
 * What the reader leaves to be done to the values of some columns.
 * @param {FileMetaData} metadata
 * @returns {[column: string, refined: (value: unknown) => unknown][]}
 */
function refinements({ schema }) {
  return schema.flatMap(({ name, converted_type, logical_type, scale }) => {
    const kind = logical_type?.type ?? converted_type;
    if (kind === 'DECIMAL') return [[name, (value) => rounded(value, scale ?? 0)]];
    return kind === 'DATE' ? [[name, day]] : [];
  });
}

/** The reader multiplies by a power of ten, which makes 19.990000000000002 of 19.99. @param {unknown} value @param {number} scale */
function rounded(value, scale) {
  return typeof value === 'number' ? Number(value.toFixed(scale)) : value;
}

/** A date without a time of day. @param {unknown} value */
function day(value) {
  return value instanceof Date ? value.toISOString().slice(0, 10) : value;
}

/**
 * A replacer for JSON.stringify, which has called a Date's toJSON before it calls this.
 * @this {any}
 * @param {string} _key
 * @param {unknown} value
 */
function plainValue(_key, value) {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
  }
  if (value instanceof Uint8Array) return unannotatedText(value) ?? { $bytes: base64(value) };
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value));
  return value;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes that an old writer meant as text: before 2014 nothing in a file said so. Null for any others.
 * @param {Uint8Array} bytes
 */
function unannotatedText(bytes) {
  try {
    const text = UTF_8.decode(bytes);
    return /[^\P{Cc}\t\n\r]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
}
