/**
 * Write a Parquet file. Run by demo.py:
 *
 *   node write_parquet.mjs <folder of hyparquet-writer> <columns.json> <output>
 *
 * columns.json: a list of { name, type, data }; times in milliseconds since 1970.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const [folder = '', columns = '', filename = ''] = argv.slice(2);
const { parquetWriteFile } = await import(pathToFileURL(join(resolve(folder), 'src', 'node.js')).href);

/** @type {{ name: string, type: string, data: unknown[] }[]} */
const columnData = JSON.parse(readFileSync(columns, 'utf-8'));
for (const column of columnData) {
  if (column.type === 'TIMESTAMP') column.data = column.data.map((at) => new Date(Number(at)));
}
parquetWriteFile({ filename, columnData, rowGroupSize: 10_000 });
