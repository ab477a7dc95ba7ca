/**
 * Python restored from a memory image: an interpreter that has Datasette imported and warm, made
 * when the site was built (`scripts/building/make_image.mjs`).
 *
 * An image fits exactly one build of Pyodide. No compiled extension of a package is part of one: its
 * addresses would have to be the same again. Whatever does not fit is an error here, and the caller
 * boots Python plainly instead.
 */
import { loadPyodide } from '../../vendor/pyodide/pyodide.mjs';
import { ImageFile, checksum } from './image-file.js';
import { createInterpreter } from './interpreter.js';
import { heapEnd, trampolineWord } from './python-module.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./image-file.js').ImageFacts} ImageFacts */
/** @typedef {import('./image-file.js').Run} Run */
/** @typedef {import('./python-module.js').PythonModule} PythonModule */
/** @typedef {NonNullable<Parameters<typeof loadPyodide>[0]>} PyodideOptions */

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream the image, inflated
 * @param {readonly string[]} madeFrom what the image must have been made from
 * @param {PyodideOptions & { env: { [name: string]: string } }} options those of a plain boot
 * @returns {Promise<PyodideAPI>}
 * @throws {RangeError} when the image does not fit
 */
export async function restorePython(stream, madeFrom, options) {
  const image = new ImageFile(stream);
  const facts = await image.facts;
  requireSame('what it was made from', facts.madeFrom, madeFrom);
  /** @type {PythonModule | undefined} */
  let module;
  const create = async (/** @type {any} */ settings) => {
    module = /** @type {PythonModule} */ (await createInterpreter(settings));
    await fillMemory(module, facts, image);
    return module;
  };
  const python = await loadPyodide({
    ...options,
    env: facts.env,
    // Only Pyodide's own part of a snapshot: `fillMemory` copies the memory, with no copy in between.
    _loadSnapshot: Uint8Array.from(atob(facts.head), (char) => char.charCodeAt(0)),
    createPyodideModule: /** @type {any} */ (create),
  });
  if (!module) throw new TypeError('Pyodide did not create its module');
  renew(module, python, options.env);
  return python;
}

/**
 * Make memory what it was when the image was taken.
 * @param {PythonModule} module as `createPyodideModule` gives it: loaded, but Python has not started
 * @param {ImageFacts} facts
 * @param {ImageFile} image
 */
async function fillMemory(module, facts, image) {
  requireSame('the memory it builds on', facts.keptSum, checksum(module.HEAPU8, facts.kept));
  const trampoline = module.HEAP32[trampolineWord(module)] ?? 0;
  const used = heapEnd(module);
  module.growMemory(facts.memoryLength);
  if (module.HEAPU8.length < facts.memoryLength) throw new RangeError('this browser gives Python less memory than it needs');
  clearGaps(module, [...facts.kept, ...facts.runs], used);
  await image.copyInto(module.HEAPU8);
  module.HEAP32[trampolineWord(module)] = trampoline;
}

/**
 * Zero what was written before Python started and is zero in the image. The stack is left out:
 * nobody reads what is on it no longer.
 * @param {PythonModule} module
 * @param {Run[]} runs
 * @param {number} used end of the memory that was written
 */
function clearGaps(module, runs, used) {
  const [stackEnd, stackBase] = [module._emscripten_stack_get_end(), module._emscripten_stack_get_base()];
  /** @type {Run[]} */
  const left = [...runs, [stackEnd, stackBase - stackEnd], [used, 0]];
  left.sort(([a], [b]) => a - b);
  let end = 0;
  for (const [start, length] of left) {
    if (end < start && end < used) module.HEAPU8.fill(0, end, Math.min(start, used));
    end = Math.max(end, start + length);
  }
}

/**
 * Give the interpreter what must be its own: see `datasette_lite.fresh`.
 * @param {PythonModule} module
 * @param {PyodideAPI} python
 * @param {{ [name: string]: string }} environment
 */
function renew(module, python, environment) {
  // SQLite's random() must not go on where the image's stopped.
  module._sqlite3_randomness(0, 0);
  const names = module._tzname >>> 2;
  module.__tzset_js(module._timezone, module._daylight, module.HEAPU32[names] ?? 0, module.HEAPU32[names + 1] ?? 0);
  const fresh = python.pyimport('datasette_lite.fresh');
  fresh.freshen(python.toPy(environment));
  fresh.destroy();
}

/**
 * @param {string} what
 * @param {unknown} image
 * @param {unknown} actual
 */
function requireSame(what, image, actual) {
  const [wanted, found] = [JSON.stringify(image), JSON.stringify(actual)];
  if (wanted !== found) fail(`${what} is ${found}, not ${wanted}`);
}

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new RangeError(`The image does not fit: ${reason}`);
}
