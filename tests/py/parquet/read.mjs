/**
 * Print what the site's reader gives for a Parquet file: a line of JSON for each batch.
 *
 * Usage: node read.mjs FILE
 */
import { openAsBlob } from 'node:fs';
import { argv, stdout } from 'node:process';
import { parquetBatches } from '../../../loader/worker/parquet.js';

for await (const batch of parquetBatches(await openAsBlob(argv[2] ?? ''))) stdout.write(`${JSON.stringify(batch)}\n`);
