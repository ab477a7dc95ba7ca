/**
 * Makes a memory image: boots Pyodide with packs, runs warm_up.py, and writes down what is then in
 * memory. loader/worker/python-image.js restores it.
 *
 * Usage: node make_image.mjs PYODIDE_FOLDER JOB_FILE
 * JOB_FILE is JSON: see the typedef Job.
 */
import crypto from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { checksum } from '../../loader/worker/image-file.js';
import { heapEnd, trampolineWord } from '../../loader/worker/python-module.js';

/** @typedef {import('../../loader/worker/image-file.js').ImageFacts} ImageFacts */
/** @typedef {import('../../loader/worker/image-file.js').Run} Run */
/** @typedef {import('../../loader/worker/python-module.js').PythonModule} PythonModule */
/**
 * @typedef {{ packs: string[], program: string, madeFrom: string[], image: string, report: string }} Job
 *   packs: files to unpack into site-packages; program: warm_up.py; madeFrom: goes into the image;
 *   image: the file to write; report: a JSON file to write, see `Report`
 */
/** @typedef {{ imported: string[] }} Report imported: files of the modules that are in the image */

const SITE_PACKAGES = '/lib/python3.14/site-packages';

/** WebAssembly zeroes and the browser's kernel hands out memory in pages of this many bytes. */
const PAGE = 4096;

/** The same whoever builds. A visitor's own values come after the restore. */
const ENVIRONMENT = { HOME: '/home/pyodide', LANG: 'en_US.UTF-8', PYTHONHASHSEED: '0', PYTHONNODEBUGRANGES: '1' };

const [pyodideFolder = '', jobFile = ''] = process.argv.slice(2);
/** @type {Job} */
const job = JSON.parse(await readFile(jobFile, 'utf8'));

stopClocks();
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')).href);
const { default: createPyodideModule } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.asm.mjs')).href);
const files = (await Promise.all(job.packs.map(readPack))).flat();

// Two, at different times and with different chance: what differs is none of the image's business.
const unstarted = [await unstartedMemory(ENVIRONMENT), await unstartedMemory({ ...ENVIRONMENT, LANG: 'C' })];
const booted = await boot();
const report = await warmUp(booted.python);
const { facts, contents } = takeImage(booted);
await writeFile(job.image, Buffer.concat([...withLength(facts), ...contents]));
await writeFile(job.report, JSON.stringify(report));
process.exit(0); // Timers of the warm-up would keep Node alive for minutes.

/** Make time and chance the same in every build, so that equal sources give equal images. */
function stopClocks() {
  const start = Date.UTC(2026, 0, 1);
  let ticks = 0;
  performance.now = () => (ticks += 0.01);
  Date.now = () => start + performance.now();
  let state = 1;
  const chance = () => (state = Math.imul(state, 48_271) % 0x7fffffff) >>> 0;
  const fill = (/** @type {any} */ view) => {
    for (let index = 0; index < view.length; index++) view[index] = chance();
    return view;
  };
  Object.assign(crypto, { randomFillSync: fill });
  Object.assign(globalThis.crypto, { getRandomValues: fill });
  Math.random = () => chance() / 0x100000000;
}

/** Start Python with all packs in its site-packages. */
async function boot() {
  /** Where the interpreter itself ends, in memory and in the table of functions. */
  const ends = { data: 0, table: 0 };
  const python = await loadPyodide({
    _makeSnapshot: true,
    _sysExecutable: './this.program',
    env: { ...ENVIRONMENT },
    fsInit: async (/** @type {any} */ FS) => {
      for (const { path, data } of files) {
        FS.mkdirTree(path.replace(/\/[^/]*$/, ''));
        FS.writeFile(path, data, { canOwn: true });
      }
    },
    createPyodideModule: (/** @type {any} */ settings) => {
      const note = (/** @type {PythonModule} */ module) => Object.assign(ends, { data: heapEnd(module), table: module.wasmTable.length });
      return createPyodideModule({ ...settings, preRun: [...settings.preRun, note] });
    },
  });
  return { python, ends };
}

/**
 * Memory as it is when a restore begins to change it: all is loaded, Python has not started.
 * @param {{ [name: string]: string }} env
 * @returns {Promise<Uint8Array>}
 */
async function unstartedMemory(env) {
  return new Promise((resolve, reject) => {
    const load = loadPyodide({
      _loadSnapshot: new Uint8Array(64),
      env: { ...env }, // Pyodide adds to it.
      createPyodideModule: async (/** @type {any} */ settings) => {
        resolve((await createPyodideModule(settings)).HEAPU8);
        return new Promise(() => {}); // It need not get any further.
      },
    });
    load.catch(reject);
  });
}

/**
 * @param {any} python
 * @returns {Promise<Report>}
 */
async function warmUp(python) {
  // A list of the packages it finds at boot, which makes an entry that no image can hold.
  for (const name of Object.keys(python.loadedPackages)) delete python.loadedPackages[name];
  python.runPython('from datasette_lite import late_pydantic; late_pydantic.leave_out(); del late_pydantic');
  python.pyimport('datasette_lite.entry').destroy();
  python.pyimport('datasette_lite.fresh').destroy();
  const scope = python.toPy({});
  python.runPython(await readFile(job.program, 'utf8'), { globals: scope, filename: 'warm_up.py' });
  await python.runPythonAsync('await warm_up()', { globals: scope });
  const imported = python.runPython('import json; json.dumps(imported_files())', { globals: scope });
  python.runPython('tidy()', { globals: scope });
  scope.destroy();
  // What is alive now lives for ever: the collector need not look at it again.
  python.runPython('import gc; gc.collect(); gc.freeze()');
  return { imported: JSON.parse(imported) };
}

/**
 * @param {Awaited<ReturnType<typeof boot>>} booted
 * @returns {{ facts: ImageFacts, contents: Uint8Array[] }}
 */
function takeImage({ python, ends }) {
  /** @type {PythonModule & { freeTableIndexes: number[] }} */
  const module = python._module;
  requireNoFunctionsAdded(module, ends.table);
  requireNoExtensions(module);
  zeroFreeMemory(module);
  module.HEAP32[trampolineWord(module)] = 0;

  const snapshot = python.makeMemorySnapshot();
  const [, headLength = 0, jsonLength = 0] = new Uint32Array(snapshot.buffer, 0, 3);
  requireNothingOfJavaScript(JSON.parse(new TextDecoder().decode(snapshot.subarray(48, 48 + jsonLength))));
  const memory = snapshot.slice(headLength);
  const { kept, runs } = compare(memory, module, ends.data);
  const facts = {
    madeFrom: job.madeFrom,
    env: ENVIRONMENT,
    head: Buffer.from(snapshot.subarray(0, headLength)).toString('base64'),
    memoryLength: memory.length,
    kept,
    keptSum: checksum(memory, kept),
    runs,
  };
  return { facts, contents: runs.map(([start, length]) => memory.subarray(start, start + length)) };
}

/**
 * Functions that Python itself puts into the table (callbacks of ctypes) would be missing after a
 * restore. Slots that were used and freed do no harm.
 * @param {PythonModule & { freeTableIndexes: number[] }} module
 * @param {number} tableEnd
 */
function requireNoFunctionsAdded(module, tableEnd) {
  for (let slot = tableEnd; slot < module.wasmTable.length; slot++) {
    if (!module.freeTableIndexes.includes(slot)) fail(`table slot ${slot} is in use: a C callback is part of the image`);
  }
}

/**
 * An image is full of addresses. Those of a compiled extension would lead nowhere after a restore.
 * @param {PythonModule} module
 */
function requireNoExtensions({ LDSO }) {
  const extensions = Object.values(/** @type {Record<string, { name: string }>} */ (LDSO.loadedLibsByHandle)).map(({ name }) => name);
  if (extensions.length > 1) fail(`compiled extensions are part of the image: ${extensions}`);
}

/**
 * JavaScript objects that Python holds are listed by Pyodide. A restore could find those again that
 * have a path from globalThis; none is easier to be sure of.
 * @param {{ hiwireKeys: unknown[] }} listed
 */
function requireNothingOfJavaScript({ hiwireKeys }) {
  if (hiwireKeys.some((key) => key !== null)) fail(`Python holds JavaScript objects: ${JSON.stringify(hiwireKeys)}`);
}

/**
 * Zero what C's allocator considers free, and the stack below where it is used: it compresses to
 * nothing then, and mostly need not be in the file at all.
 * @param {PythonModule} module
 */
function zeroFreeMemory(module) {
  const { prototype } = WebAssembly.Memory;
  const grow = prototype.grow;
  // Without this, taking all free memory would never end.
  prototype.grow = () => {
    throw new RangeError('no growth now');
  };
  try {
    const taken = [];
    for (let size = 1 << 25; size >= 8; size >>= 1) {
      for (let address; (address = module._malloc(size)); taken.push(address)) module.HEAPU8.fill(0, address, address + size);
    }
    for (const address of taken) module._free(address);
  } finally {
    prototype.grow = grow;
  }
  module.HEAPU8.fill(0, module._emscripten_stack_get_end(), module.stackSave());
}

/**
 * Which pages are as before Python started, and which must be in the file.
 * @param {Uint8Array} memory
 * @param {PythonModule} module
 * @param {number} dataEnd where the static data of the interpreter ends
 */
function compare(memory, module, dataEnd) {
  const [stackEnd, stackBase] = [module._emscripten_stack_get_end(), module._emscripten_stack_get_base()];
  /** @type {Run[]} */
  const kept = [];
  /** @type {Run[]} */
  const runs = [];
  for (let start = 0; start < memory.length; start += PAGE) {
    const page = Buffer.from(memory.buffer, memory.byteOffset + start, PAGE);
    if (page.every((byte) => byte === 0)) continue;
    const isData = start + PAGE <= dataEnd && (start + PAGE <= stackEnd || start >= stackBase);
    const isKept = isData && unstarted.every((each) => page.equals(each.subarray(start, start + PAGE)));
    append(isKept ? kept : runs, start);
  }
  return { kept, runs };
}

/**
 * @param {Run[]} runs
 * @param {number} start of a page
 */
function append(runs, start) {
  const last = runs.at(-1);
  if (last && last[0] + last[1] === start) last[1] += PAGE;
  else runs.push([start, PAGE]);
}

/** @param {ImageFacts} facts */
function withLength(facts) {
  const text = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return [length, text];
}

/**
 * @param {string} file
 * @returns {Promise<{ path: string, data: Uint8Array<ArrayBuffer> }[]>}
 */
async function readPack(file) {
  const bytes = new Uint8Array(gunzipSync(await readFile(file)));
  let offset = 4 + new DataView(bytes.buffer).getUint32(0, true);
  /** @type {[string, number][]} */
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, offset)));
  return index.map(([path, size]) => ({ path: `${SITE_PACKAGES}/${path}`, data: bytes.slice(offset, (offset += size)) }));
}

/** @param {unknown} reason @returns {never} */
function fail(reason) {
  console.error(`No image can be made: ${reason}`);
  process.exit(1);
}
