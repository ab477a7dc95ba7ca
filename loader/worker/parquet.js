/** Rows of a Parquet file, read row group by row group, for `datasette_lite.importers`. */
import { compressors } from '../../vendor/npm/hyparquet-compressors/index.js';
import { parquetMetadataAsync, parquetRead, parquetSchema } from '../../vendor/npm/hyparquet/index.js';

/** Rows handed over at a time: a few megabytes of JSON at the usual widths. */
const BATCH_ROWS = 5_000;

/** @typedef {(value: unknown) => unknown} Refined */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').ColumnData} ColumnData */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').SchemaTree} SchemaTree */

/**
 * The rows column by column, as JSON texts: each a list of the columns' values, in the order of `columns`.
 * What JSON lacks is an object with one key that starts with `$`: `{"$int": "…"}` beyond 2^53,
 * `{"$bytes": base64}` for what is no text. Times are ISO 8601 text to the last digit, NaN and
 * infinities null.
 *
 * One row group is in memory at a time, decoded; its rows never are.
 * @param {Blob} blob the file
 * @returns {AsyncGenerator<{ columns: string, values: string, done: number, total: number }>} columns: their
 *   names as JSON; done and total count rows
 * @throws {Error} of the reader's, when the bytes are no Parquet
 */
export async function* parquetBatches(blob) {
  const file = {
    byteLength: blob.size,
    slice: (/** @type {number} */ start, /** @type {number | undefined} */ end) => blob.slice(start, end).arrayBuffer(),
  };
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  /** @type {SchemaTree} */
  const { children } = parquetSchema(metadata);
  const names = children.map(({ element }) => element.name);
  const columns = JSON.stringify(names);
  const refined = refinements(children);
  // utf8: what no annotation calls text would be decoded as such, with U+FFFD for what is none.
  const how = { file, metadata, compressors, parsers: PARSERS, utf8: false };
  yield { columns, values: JSON.stringify(names.map(() => [])), done: 0, total };
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    /** @type {Map<string, ColumnData[]>} */
    const chunks = new Map(names.map((name) => [name, []]));
    await parquetRead({ ...how, rowStart: groupStart, rowEnd: groupEnd, onChunk: (/** @type {ColumnData} */ chunk) => chunks.get(chunk.columnName)?.push(chunk) });
    for (let start = groupStart; start < groupEnd; start += BATCH_ROWS) {
      const done = Math.min(start + BATCH_ROWS, groupEnd);
      const values = names.map((name) => jsonOf(valuesOf(chunks.get(name) ?? [], start, done, refined.get(name))));
      yield { columns, values: `[${values.join()}]`, done, total };
    }
    groupStart = groupEnd;
  }
}

/**
 * The values of one column in some rows.
 * @param {readonly ColumnData[]} chunks
 * @param {number} start
 * @param {number} end
 * @param {Refined | undefined} refined
 * @returns {unknown[]}
 */
function valuesOf(chunks, start, end, refined) {
  const values = chunks
    .filter(({ rowStart, rowEnd }) => rowStart < end && rowEnd > start)
    .flatMap(({ columnData, rowStart }) => Array.from(columnData.slice(Math.max(0, start - rowStart), end - rowStart)));
  return refined ? values.map(refined) : values;
}

/** What Date does not hold: fractions of milliseconds, and that a day has no time. */
const PARSERS = {
  timestampFromMicroseconds: (/** @type {bigint} */ count) => moment(count, 1_000n, 3),
  timestampFromNanoseconds: (/** @type {bigint} */ count) => moment(count, 1_000_000n, 6),
  dateFromDays: (/** @type {number} */ days) => momentOf(days * 86_400_000)?.slice(0, -'T00:00:00.000Z'.length) ?? null,
};

/**
 * @param {bigint} count since 1970
 * @param {bigint} perMs
 * @param {number} digits of what is less than a millisecond
 */
function moment(count, perMs, digits) {
  const rest = ((count % perMs) + perMs) % perMs;
  const text = momentOf(Number((count - rest) / perMs));
  return rest && text ? text.replace('Z', `${String(rest).padStart(digits, '0')}Z`) : text;
}

/** @param {number} ms since 1970 @returns {string | null} null for years that cannot be written */
function momentOf(ms) {
  return new Date(ms).toJSON();
}

/**
 * What the reader leaves to be done to the values of some columns.
 * @param {readonly SchemaTree[]} columns
 * @returns {Map<string, Refined>} by column
 */
function refinements(columns) {
  return new Map(
    columns.flatMap(({ element: { name, converted_type, logical_type, scale } }) =>
      (logical_type?.type ?? converted_type) === 'DECIMAL' ? [[name, (value) => rounded(value, scale ?? 0)]] : [],
    ),
  );
}

/** The reader multiplies by a power of ten, which makes 19.990000000000002 of 19.99. @param {unknown} value @param {number} scale */
function rounded(value, scale) {
  return typeof value === 'number' ? Number(value.toFixed(scale)) : value;
}

/**
 * A column's values as JSON. Most are neither lists nor structures, and millions of them have no time
 * for a replacer.
 * @param {unknown[]} values
 */
function jsonOf(values) {
  const plain = values.map((value) => (typeof value === 'bigint' || ArrayBuffer.isView(value) ? plainValue('', value) : value));
  return JSON.stringify(plain, plain.some(isNested) ? plainValue : undefined);
}

/** What may have values in it that JSON lacks. @param {unknown} value */
function isNested(value) {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

/**
 * A replacer for JSON.stringify, which has called a Date's toJSON before it calls this.
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
