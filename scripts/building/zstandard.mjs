/**
 * Compress a file with Zstandard as small as it gets, or undo that.
 *
 * node zstandard.mjs compress|decompress SOURCE TARGET
 */
import { readFile, writeFile } from 'node:fs/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const [action = '', source = '', target = ''] = process.argv.slice(2);
const data = await readFile(source);

// Whoever inflates it needs the window's 8 MB of memory: twice that would save one percent.
const params = {
  [constants.ZSTD_c_compressionLevel]: 19,
  [constants.ZSTD_c_windowLog]: 23,
};
await writeFile(target, action === 'compress' ? zstdCompressSync(data, { params }) : zstdDecompressSync(data));
