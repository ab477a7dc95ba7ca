/** One Pyodide interpreter, started from the files of this release. */
import { loadPyodide } from '../../vendor/pyodide/pyodide.mjs';
import { release } from '../../vendor/release.js';
import { cachedWasm, cacheWasm } from './compiled-code.js';
import { createInterpreter } from './interpreter.js';
import { LateFiles, NONE_LATE } from './late-files.js';
import { readPack, unpack } from './pack.js';
import { restorePython } from './python-image.js';
import { imageFiles, keepInflated, keepShell, releaseFile } from './release-files.js';
import { SITE_URL } from './site.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('../../vendor/release.js').ReleaseFile} ReleaseFile */
/** @typedef {import('../../vendor/release.js').ReleaseApp} ReleaseApp */
/** @typedef {import('../../vendor/release.js').ReleaseImage} ReleaseImage */
/** @typedef {(name: string, done: number, total: number) => void} OnFile told the bytes so far of each file */

/** Where Pyodide believes its files to be. Nothing is there: `answerRuntimeFetch` answers instead. */
const RUNTIME_URL = `${SITE_URL}vendor/pyodide/runtime/`;

const SITE_PACKAGES = '/lib/python3.14/site-packages';

/** Where Pyodide puts the standard library. */
const STDLIB = '/lib/python314.zip';

/**
 * Fetch what an application needs and start an interpreter for it: restored from the application's
 * memory image or, where there is none or it does not fit, booted plainly.
 * @param {ReleaseApp} app
 * @param {OnFile} onFile
 * @param {() => Promise<void>} beforeBoot awaited before a plain boot, which keeps the thread for seconds
 * @param {((path: string) => boolean) | null} [leftOut] files of the packs that stay away: then no image fits
 * @returns {Promise<{ python: PyodideAPI, late: Pick<LateFiles, 'isHere' | 'arrive' | 'isMissed'> }>} late: what the
 *   interpreter still lacks
 * @throws {EngineError} runtime-missing, runtime-corrupt
 */
export async function startPython(app, onFile, beforeBoot, leftOut = null) {
  if (app.image && !leftOut) {
    try {
      return await restored(app.image, app.packs, onFile);
    } catch (error) {
      console.warn(`Python starts without its memory image. ${error}`);
    }
  }
  return { python: await booted(app.packs, onFile, beforeBoot, leftOut), late: NONE_LATE };
}

/**
 * Add packs to an interpreter that runs.
 * @param {PyodideAPI} python
 * @param {readonly ReleaseFile[]} packs
 * @param {OnFile} onFile
 */
export async function addPacks(python, packs, onFile) {
  if (!packs.length) return;
  for (const pack of await fetchPacks(packs, onFile)) unpack(python.FS, SITE_PACKAGES, pack);
  python.pyimport('importlib').invalidate_caches();
}

/**
 * Put a wheel's files where Python finds packages.
 * @param {PyodideAPI} python
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function installWheel(python, bytes) {
  python.unpackArchive(bytes, 'wheel', { extractDir: SITE_PACKAGES });
}

/**
 * Make the next start of an application faster, and possible without the network, when the visitor
 * has what they came for.
 * @param {ReleaseApp} app
 */
export async function prepareNextStart({ image }) {
  await keepShell();
  await keepInflated([release.wasm, ...(image ? imageFiles(image) : [])]);
  await cacheWasm();
}

/**
 * @param {ReleaseImage} image
 * @param {readonly ReleaseFile[]} packs what it was made from, besides Pyodide
 * @param {OnFile} onFile
 */
async function restored({ memory, pack, later }, packs, onFile) {
  const { arrived, options } = openPyodide(onFile, new Response());
  const [{ body }, files] = await Promise.all([fetchFile(memory, onFile), fetchPacks([pack], onFile), arrived]);
  if (!body) throw new TypeError('the image is empty');
  const python = await restorePython(
    body,
    [release.wasm, release.stdlib, ...packs].map(({ sha256 }) => sha256),
    { ...options, env: environment() },
  );
  for (const each of files) unpack(python.FS, SITE_PACKAGES, each);
  const late = new LateFiles(python, async (onLateFile) => {
    const [modules, library] = await Promise.all([fetchPacks([later], onLateFile), fetchFile(release.stdlib, onLateFile)]);
    python.FS.writeFile(STDLIB, new Uint8Array(await library.arrayBuffer()), { canOwn: true });
    for (const each of modules) unpack(python.FS, SITE_PACKAGES, each);
  });
  return { python, late };
}

/**
 * @param {readonly ReleaseFile[]} packs
 * @param {OnFile} onFile
 * @param {() => Promise<void>} beforeBoot
 * @param {((path: string) => boolean) | null} leftOut
 */
async function booted(packs, onFile, beforeBoot, leftOut) {
  const { arrived, options } = openPyodide(onFile);
  const [files] = await Promise.all([fetchPacks(packs, onFile), arrived]);
  await beforeBoot();
  return loadPyodide({
    ...options,
    env: environment(),
    fsInit: async (FS, { sitePackages }) => {
      for (const each of files) unpack(FS, sitePackages, each, leftOut);
    },
  });
}

/** What Python finds in `os.environ`, besides what Pyodide puts there. */
function environment() {
  return { HOME: '/home/pyodide', TZ: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/**
 * Fetch Pyodide's own files, and hold them until it asks for them.
 * @param {OnFile} onFile
 * @param {Response} [library] in place of the standard library
 */
function openPyodide(onFile, library) {
  starts += 1;
  const indexURL = `${RUNTIME_URL}${starts}/`;
  const files = {
    'pyodide.asm.wasm': async () => compiled((await cachedWasm()) ?? (await fetchFile(release.wasm, onFile))),
    'python_stdlib.zip': async () => library ?? fetchFile(release.stdlib, onFile),
  };
  const arrived = Promise.all(Object.entries(files).map(async ([name, get]) => answers.set(indexURL + name, await get())));
  /** @type {NonNullable<Parameters<typeof loadPyodide>[0]>} */
  const options = {
    indexURL,
    createPyodideModule: /** @type {any} */ (createInterpreter),
    // The wheels are ours, from the packs; Pyodide's own package index is not used.
    lockFileContents: {
      info: { arch: 'wasm32', platform: 'emscripten_5_0_3', abi_version: '2026_0', version: release.pyodide, python: release.python },
      packages: {},
    },
    packageBaseUrl: indexURL,
    stdout: (line) => console.log(line),
    stderr: (line) => console.warn(line.slice(0, 2000)),
  };
  return { arrived, options };
}

/** Interpreters started so far: each has an address of its own for its files. */
let starts = 0;

/** What Pyodide will ask for, by URL. @type {Map<string, Response>} */
const answers = new Map();

// Pyodide fetches its WebAssembly and standard library by URL. A worker's own fetches do not pass
// through its fetch event, so this is the one place where they can be answered from storage.
const fetchFromNetwork = self.fetch;
self.fetch = async function answerRuntimeFetch(input, init) {
  const url = String(input instanceof Request ? input.url : input);
  const answer = answers.get(url);
  answers.delete(url);
  return answer ?? fetchFromNetwork(input, init);
};

/** What is compiled of WebAssembly that Pyodide has not asked for yet. @type {WeakMap<Response, Promise<WebAssembly.Module>>} */
const modules = new WeakMap();

/**
 * Compile WebAssembly while it arrives: Pyodide would begin when it has everything else.
 * @param {Response} response
 * @returns {Response} the same, of which only `WebAssembly.instantiateStreaming` may ask for the contents
 */
function compiled(response) {
  const module = WebAssembly.compileStreaming(response);
  module.catch(() => {}); // Told to Pyodide.
  modules.set(response, module);
  return response;
}

const { instantiateStreaming } = WebAssembly;
WebAssembly.instantiateStreaming = async function instantiateCompiled(source, imports) {
  const response = await source;
  const module = await modules.get(response);
  return module ? { module, instance: await WebAssembly.instantiate(module, imports) } : instantiateStreaming(response, imports);
};

/**
 * @param {readonly ReleaseFile[]} packs
 * @param {OnFile} onFile
 */
function fetchPacks(packs, onFile) {
  return Promise.all(packs.map(async (pack) => readPack(await fetchFile(pack, onFile))));
}

/**
 * @param {ReleaseFile} file
 * @param {OnFile} onFile
 */
async function fetchFile(file, onFile) {
  const title = titleOf(file);
  onFile(title, 0, file.size);
  return releaseFile(file, (done) => onFile(title, done, file.size));
}

/** What a file of the runtime is called on the boot screen. @param {ReleaseFile} file */
function titleOf({ path }) {
  const name = path.replace(/^.*\//, '').replace(/\.[0-9a-f]{12}\./, '.');
  return TITLES[name] ?? name;
}

/** @type {Record<string, string>} */
const TITLES = {
  'pyodide.asm.wasm.zst': 'Python',
  'python_stdlib.zip': 'Python’s standard library',
  'datasette.image.zst': 'Datasette and its packages, already started',
  'image.pack.zst': 'Templates, styles and scripts',
  'later.pack.zst': 'More modules of Datasette’s packages',
  'base.pack.gz': 'Datasette and its packages',
  'fastapi.pack.gz': 'FastAPI',
  'xlsx.pack.gz': 'Reader for Excel workbooks',
  'micropip.pack.gz': 'Installer of plugins',
  'py.pack.gz': 'Datasette Lite',
};
