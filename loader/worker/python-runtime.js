/** One Pyodide interpreter, started from the files of this release. */
import createPyodideModule from '../../vendor/pyodide/pyodide.asm.mjs';
import { loadPyodide } from '../../vendor/pyodide/pyodide.mjs';
import { release } from '../../vendor/release.js';
import { inflatePack, unpack } from './pack.js';
import { releaseFile } from './release-files.js';
import { SITE_URL } from './site.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('../../vendor/release.js').ReleaseFile} ReleaseFile */
/** @typedef {(name: string, done: number, total: number) => void} OnFile */

/** Where Pyodide believes its files to be. Nothing is there: `answerRuntimeFetch` answers instead. */
const RUNTIME_URL = `${SITE_URL}vendor/pyodide/runtime/`;

/** @type {Record<string, ReleaseFile>} */
const runtimeFiles = { 'pyodide.asm.wasm': release.wasm, 'python_stdlib.zip': release.stdlib };

/**
 * Fetch everything one application needs from this release, all at once.
 * @param {readonly ReleaseFile[]} packs
 * @param {OnFile} onFile told the bytes so far of each file
 */
export async function fetchRuntime(packs, onFile) {
  await Promise.all(
    [release.wasm, release.stdlib, ...packs].map(async (file) => {
      const name = titleOf(file);
      onFile(name, 0, file.size);
      await releaseFile(file, (done) => onFile(name, done, file.size));
    }),
  );
}

/** What a file of the runtime is called on the boot screen. @param {ReleaseFile} file */
function titleOf({ path }) {
  const name = path.replace(/^.*\//, '').replace(/\.[0-9a-f]{12}\./, '.');
  return TITLES[name] ?? name;
}

/** @type {Record<string, string>} */
const TITLES = {
  'pyodide.asm.wasm': 'Python',
  'python_stdlib.zip': 'Python’s standard library',
  'base.pack.gz': 'Datasette and its packages',
  'fastapi.pack.gz': 'FastAPI',
  'xlsx.pack.gz': 'Reader for Excel workbooks',
  'py.pack.gz': 'Datasette Lite',
};

/**
 * Start an interpreter with the given packs unpacked into its site-packages.
 * Call `fetchRuntime` first: what it kept is read here from storage.
 * @param {readonly ReleaseFile[]} packs
 * @returns {Promise<PyodideAPI>}
 */
export async function startPython(packs) {
  const inflated = packs.map(async (pack) => inflatePack(await releaseFile(pack)));
  return loadPyodide({
    indexURL: RUNTIME_URL,
    createPyodideModule: /** @type {any} */ (createPyodideModule),
    // The wheels are ours, from the packs; Pyodide's own package index is not used.
    lockFileContents: {
      info: { arch: 'wasm32', platform: 'emscripten_5_0_3', abi_version: '2026_0', version: release.pyodide, python: release.python },
      packages: {},
    },
    packageBaseUrl: RUNTIME_URL,
    env: { HOME: '/home/pyodide', TZ: Intl.DateTimeFormat().resolvedOptions().timeZone },
    stdout: (line) => console.log(line),
    stderr: (line) => console.warn(line.slice(0, 2000)),
    fsInit: async (FS, { sitePackages }) => {
      for (const pack of inflated) unpack(FS, sitePackages, await pack);
    },
  });
}

// Pyodide fetches its WebAssembly and standard library by URL. A worker's own fetches do not pass
// through its fetch event, so this is the one place where they can be answered from storage.
const fetchFromNetwork = self.fetch;
self.fetch = function answerRuntimeFetch(input, init) {
  const url = String(input instanceof Request ? input.url : input);
  const file = url.startsWith(RUNTIME_URL) ? runtimeFiles[url.slice(RUNTIME_URL.length)] : undefined;
  return file ? releaseFile(file) : fetchFromNetwork(input, init);
};
