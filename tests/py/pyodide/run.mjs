/**
 * Runs a Python program in Pyodide with the worker's own files, for which Node stands in for the worker.
 *
 * Usage: node run.mjs PYODIDE_FOLDER PACK PY_FOLDER PROGRAM JOB_FILE
 * PACK: the wheels; PY_FOLDER: our own packages; PROGRAM: defines `async def main(job, worker)`, whose
 * result goes into JOB_FILE.result. `worker` has what is exported below.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

// What the modules know of the worker. There is no IndexedDB: storage is refused, as in some private modes.
Object.assign(globalThis, { self: globalThis, registration: { scope: 'http://site.test/' } });
Object.defineProperty(navigator, 'onLine', { value: true });

const { BlockCache } = await import('../../../loader/worker/block-cache.js');
const { BlockFile } = await import('../../../loader/worker/block-file.js');
const { mountBlockFile } = await import('../../../loader/worker/block-mount.js');
const { readPack, unpack } = await import('../../../loader/worker/pack.js');
const { openPlanFiles } = await import('../../../loader/worker/plan-files.js');
const { RemoteFile } = await import('../../../loader/worker/remote-file.js');

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
const result = await python.globals.get('main')(await readFile(jobFile, 'utf8'), { openBlocks, openRemote });
await writeFile(`${jobFile}.result`, result);
process.exit(0);

/**
 * Mount a file of this machine as a block file.
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
  const file = new BlockFile(source, { size, cache, blockBytes, firstAheadBytes: 2 * blockBytes, mostAheadBytes: 64 * blockBytes, overlaps: !isWritable });
  mountBlockFile(python.FS, mounted, file, { isWritable });
  return file;
}

/**
 * The files of a plan with one database that stays at its host.
 * @param {string} url
 * @param {string} mounted
 */
async function openRemote(url, mounted) {
  const plan = await openPlanFiles('url=test');
  plan.useFileSystem(python.FS);
  plan.mountRemote(mounted, await RemoteFile.open(url, 'items.db', new BlockCache(), false));
  return plan;
}
