/**
 * Runs a Python program in Pyodide with block files over files of this machine.
 *
 * Usage: node run.mjs PYODIDE_FOLDER PACK PY_FOLDER PROGRAM JOB_FILE
 * PACK: the wheels; PY_FOLDER: our own packages; PROGRAM: defines `async def main(job, open_blocks)`,
 * whose result goes into JOB_FILE.result. `open_blocks(path, mounted, writable, block_bytes, most_bytes)`
 * mounts a file of this machine and gives its `loader/worker/block-file.js`.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { BlockCache } from '../../../loader/worker/block-cache.js';
import { BlockFile } from '../../../loader/worker/block-file.js';
import { mountBlockFile } from '../../../loader/worker/block-mount.js';
import { readPack, unpack } from '../../../loader/worker/pack.js';

const [pyodideFolder = '', pack = '', pyFolder = '', program = '', jobFile = ''] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')).href);
const files = await readPack(new Response(gunzipSync(await readFile(pack))));
const python = await loadPyodide({
  fsInit: async (/** @type {any} */ FS, /** @type {{ sitePackages: string }} */ { sitePackages }) => unpack(FS, sitePackages, files),
});
python.FS.mkdirTree('/ours');
python.FS.mount(python.FS.filesystems.NODEFS, { root: pyFolder }, '/ours');
python.runPython('import sys; sys.path.append("/ours")');
python.runPython(await readFile(program, 'utf8'));
const result = await python.globals.get('main')(await readFile(jobFile, 'utf8'), openBlocks);
await writeFile(`${jobFile}.result`, result);
process.exit(0);

/**
 * @param {string} path
 * @param {string} mounted
 * @param {boolean} isWritable
 * @param {number} blockBytes
 * @param {number} mostBytes of memory
 */
async function openBlocks(path, mounted, isWritable, blockBytes, mostBytes) {
  const handle = await open(path);
  const { size } = await handle.stat();
  const source = {
    read: async (/** @type {number} */ first, /** @type {number} */ last) => {
      const bytes = new Uint8Array((last - first + 1) * blockBytes);
      await handle.read(bytes, 0, bytes.length, first * blockBytes);
      return bytes;
    },
  };
  const cache = new BlockCache(mostBytes);
  const file = new BlockFile(source, { size, cache, blockBytes, firstAheadBytes: 2 * blockBytes, mostAheadBytes: 64 * blockBytes });
  mountBlockFile(python.FS, mounted, file, { isWritable });
  return file;
}
