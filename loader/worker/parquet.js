/** Rows of a Parquet file, read some thousands at a time, for `datasette_lite.importers`. */
import { compressors } from '../../vendor/npm/hyparquet-compressors/index.js';
import { parquetMetadataAsync, parquetRead, parquetSchema } from '../../vendor/npm/hyparquet/index.js';
import { STORED, VARIANT, plainElement, refinement } from './parquet-values.js';

/** Rows handed over at a time: a few megabytes of JSON at the usual widths. */
const BATCH_ROWS = 5_000;

/** How much of a row group is decoded at a time, in bytes: a fraction of a second's work. */
const SLICE_BYTES = 8_000_000;

/**
 * Whoever reads a slice walks over the pages before it, which costs little, though not nothing: a
 * row group of gigabytes is read in larger slices.
 */
const MOST_SLICES = 32;

/** Compressed row groups up to this size are kept in memory while they are read. */
const KEPT_BYTES = 100_000_000;

/** @typedef {import('./parquet-values.js').Refined} Refined */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').AsyncBuffer} AsyncBuffer */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').ColumnData} ColumnData */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').FileMetaData} FileMetaData */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').RowGroup} RowGroup */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').SchemaTree} SchemaTree */
/**
 * @typedef {{ name: string, key: string, isFlat: boolean, isReal: boolean, isVariant: boolean, refined?: Refined }} Column
 *   key: what the reader is told that it is called. isFlat: neither a list nor a structure. isReal: of floating point numbers
 */

/**
 * The rows column by column: of each the JSON of a list of its values, in the order of `columns`.
 * What JSON lacks is an object with one key that starts with `$`: `{"$int": "…"}` beyond 2^53,
 * `{"$bytes": base64}` for what is no text. Lists and structures are JSON text, times ISO 8601 text
 * to the last digit, NaN and infinities null, decimals numbers where that loses nothing, otherwise
 * text.
 *
 * A part of a row group is in memory at a time, decoded, and the lists and structures of a whole one.
 * @param {Blob} blob the file
 * @returns {AsyncGenerator<{ columns: string, values: string[], done: number, total: number }>} columns: JSON,
 *   a list of `{ name, isReal }`; done and total count rows
 * @throws {Error} when the bytes are no Parquet, the reader's or that columns differ in length
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
  const columns = children.map(columnOf);
  const described = JSON.stringify(columns.map(({ name, isReal }) => ({ name, isReal })));
  const plain = keyed({ ...metadata, schema: metadata.schema.map(plainElement) });
  yield { columns: described, values: columns.map(() => '[]'), done: 0, total };
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const read = readerOf(sizeOf(group) > KEPT_BYTES ? file : remembering(file), plain);
    const nested = await read(columns.filter(({ isFlat }) => !isFlat), groupStart, groupEnd);
    const sliceRows = sliceRowsOf(group);
    for (let sliceStart = groupStart; sliceStart < groupEnd; sliceStart += sliceRows) {
      const sliceEnd = Math.min(sliceStart + sliceRows, groupEnd);
      const chunks = new Map([...nested, ...(await read(columns.filter(({ isFlat }) => isFlat), sliceStart, sliceEnd))]);
      for (let start = sliceStart; start < sliceEnd; start += BATCH_ROWS) {
        const done = Math.min(start + BATCH_ROWS, sliceEnd);
        const values = columns.map((column) => {
          const found = valuesOf(chunks.get(column.key) ?? [], start, done, column.refined);
          // The reader leaves it to its callers to notice that pages hold less than the file says.
          if (found.length !== done - start) throw new Error(`the column ${column.name} has ${found.length} values in ${done - start} rows`);
          return jsonOf(found);
        });
        yield { columns: described, values, done, total };
      }
    }
    groupStart = groupEnd;
  }
}

/**
 * The same file with its columns called by their places: the reader tells them apart by name, and
 * two may have the same.
 * @param {FileMetaData} metadata
 * @returns {FileMetaData}
 */
function keyed(metadata) {
  /** @type {SchemaTree} */
  const { children } = parquetSchema(metadata);
  const keys = new Map(children.map(({ element }, place) => [element, String(place)]));
  const keysOfLeaves = children.flatMap((tree, place) => Array.from({ length: leavesOf(tree) }, () => String(place)));
  const renamed = (/** @type {RowGroup['columns'][number]} */ column, /** @type {number} */ leaf) => {
    const { meta_data: about } = column;
    const path = [keysOfLeaves[leaf] ?? '', ...(about?.path_in_schema.slice(1) ?? [])];
    return about ? { ...column, meta_data: { ...about, path_in_schema: path } } : column;
  };
  return {
    ...metadata,
    schema: metadata.schema.map((element) => ({ ...element, name: keys.get(element) ?? element.name })),
    row_groups: metadata.row_groups.map((group) => ({ ...group, columns: group.columns.map(renamed) })),
  };
}

/** Columns that are stored for a column of the table. @param {SchemaTree} tree @returns {number} */
function leavesOf({ children }) {
  return children.length ? children.reduce((sum, child) => sum + leavesOf(child), 0) : 1;
}

/** @param {SchemaTree} tree @param {number} place @returns {Column} */
function columnOf(tree, place) {
  const { element, children } = tree;
  const isVariant = holdsVariant(tree);
  return {
    name: element.name,
    key: String(place),
    isFlat: children.length === 0 && element.repetition_type !== 'REPEATED',
    isReal: children.length === 0 && (element.type === 'DOUBLE' || element.type === 'FLOAT' || element.logical_type?.type === 'FLOAT16'),
    isVariant,
    refined: isVariant ? undefined : refinement(tree),
  };
}

/** @param {SchemaTree} tree @returns {boolean} */
function holdsVariant({ element, children }) {
  return element.logical_type?.type === 'VARIANT' || children.some(holdsVariant);
}

/** Compressed bytes of a row group. @param {RowGroup} group */
function sizeOf({ columns }) {
  return columns.reduce((sum, { meta_data: about }) => sum + Number(about?.total_compressed_size ?? 0), 0);
}

/** @param {RowGroup} group */
function sliceRowsOf({ columns, num_rows: rows }) {
  const bytes = columns.reduce((sum, { meta_data: about }) => sum + Number(about?.total_uncompressed_size ?? 0), 0);
  const slices = Math.min(Math.ceil(bytes / SLICE_BYTES), MOST_SLICES);
  return Math.max(Math.ceil(Number(rows) / Math.max(slices, 1)), BATCH_ROWS);
}

/** A file whose pieces are read once. @param {AsyncBuffer} file @returns {AsyncBuffer} */
function remembering(file) {
  /** @type {Map<string, ReturnType<AsyncBuffer['slice']>>} */
  const pieces = new Map();
  const slice = (/** @type {number} */ start, /** @type {number | undefined} */ end) => {
    const key = `${start}-${end}`;
    const piece = pieces.get(key) ?? file.slice(start, end);
    pieces.set(key, piece);
    return piece;
  };
  return { byteLength: file.byteLength, slice };
}

/**
 * @param {AsyncBuffer} file
 * @param {FileMetaData} metadata
 */
function readerOf(file, metadata) {
  /**
   * @param {readonly Column[]} columns
   * @param {number} rowStart
   * @param {number} rowEnd
   * @returns {Promise<Map<string, ColumnData[]>>}
   */
  return async (columns, rowStart, rowEnd) => {
    /** @type {Map<string, ColumnData[]>} */
    const chunks = new Map(columns.map(({ key }) => [key, []]));
    for (const isVariant of [false, true]) {
      const keys = columns.filter((column) => column.isVariant === isVariant).map(({ key }) => key);
      const onChunk = (/** @type {ColumnData} */ chunk) => chunks.get(chunk.columnName)?.push(chunk);
      // utf8: what no annotation calls text would be decoded as such, with U+FFFD for what is none.
      const how = { file, metadata, compressors, parsers: isVariant ? VARIANT : STORED, utf8: false };
      if (keys.length) await parquetRead({ ...how, columns: keys, rowStart, rowEnd, onChunk });
    }
    return chunks;
  };
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
  const values = [];
  for (const { columnData, rowStart, rowEnd } of chunks) {
    const first = Math.max(0, start - rowStart);
    const last = Math.min(end, rowEnd) - rowStart;
    for (let row = first; row < last; row += 1) {
      const value = columnData[row];
      values.push(refined && value !== null && value !== undefined ? refined(value) : value);
    }
  }
  return values;
}

/** A column's values as JSON. @param {unknown[]} values */
function jsonOf(values) {
  // In place: there are millions, and most are what JSON knows.
  values.forEach((value, row) => {
    if (typeof value === 'bigint') values[row] = Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
    else if (value instanceof Uint8Array) values[row] = unannotatedText(value) ?? { $bytes: base64(value) };
    else if (typeof value === 'object' && value !== null) values[row] = nestedText(value);
  });
  return JSON.stringify(values);
}

/**
 * A list or structure as JSON text, as `datasette_lite.importers.cells` writes it: JSON.stringify
 * knows no BigInt, and asked to call a function for each value it takes many times as long.
 * @param {unknown} value
 * @returns {string}
 */
function nestedText(value) {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) {
    const text = unannotatedText(value);
    return text === null ? `{"$base64": true, "encoded": "${base64(value)}"}` : JSON.stringify(text);
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[${Array.from(/** @type {unknown[]} */ (value), nestedText).join(', ')}]`;
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${nestedText(each)}`);
  return `{${fields.join(', ')}}`;
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
