/**
 * Compiled extensions of Python packages (`pydantic_core` and the like), loaded before Python
 * starts and always at the same place.
 *
 * A memory image is full of addresses that point into them: to their data, and to the slots of
 * their functions in WebAssembly's table. Loaded at the same place they are right again; Python's
 * own `dlopen` then finds the library loaded and only notes its handle.
 *
 * Runs in the service worker and, when an image is made, under Node: imports nothing.
 */

/** @typedef {{ path: string, compiled: Promise<WebAssembly.Module> }} SideModule path: where Python finds the extension's file */
/** @typedef {{ path: string, tableBase: number, tableEnd: number, heapBase: number, heapEnd: number }} SideModulePlace */

/**
 * What we use of Emscripten's module that Pyodide does not declare.
 * @typedef {{
 *   HEAPU8: Uint8Array<ArrayBuffer>,
 *   HEAP32: Int32Array<ArrayBuffer>,
 *   HEAPU32: Uint32Array<ArrayBuffer>,
 *   wasmTable: WebAssembly.Table,
 *   LDSO: { loadedLibsByName: Record<string, object>, loadedLibsByHandle: Record<string, object> },
 *   addRunDependency(name: string): void,
 *   removeRunDependency(name: string): void,
 *   loadWebAssemblyModule(module: WebAssembly.Module, flags: object, path: string, scope: object): Promise<object>,
 *   newDSO(path: string, handle: undefined, exports: object): { global: boolean },
 *   growMemory(bytes: number): unknown,
 *   stackSave(): number,
 *   _malloc(bytes: number): number,
 *   _free(address: number): void,
 *   _sqlite3_randomness(count: number, address: number): void,
 *   _emscripten_get_sbrk_ptr(): number,
 *   _emscripten_stack_get_base(): number,
 *   _emscripten_stack_get_end(): number,
 *   __PyRuntime: number,
 *   __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: number,
 *   __tzset_js(timezone: number, daylight: number, standardName: number, daylightName: number): void,
 *   _timezone: number, _daylight: number, _tzname: number,
 * }} PythonModule
 */

/** @typedef {{ preRun: readonly ((module: PythonModule) => void)[] }} Settings of Emscripten, as `createPyodideModule` gets them */

/**
 * First table slot of the first extension. The interpreter itself takes 14,174 slots in Pyodide
 * 314.0.7, or one more where the browser's WebAssembly has garbage collection (see
 * `trampolineWord`): the gap makes the difference disappear.
 */
export const TABLE_BASE = 16_384;

/**
 * Arrange for extensions to be loaded, one after another, before Python starts.
 * @param {Settings} settings
 * @param {readonly SideModule[]} sideModules
 * @returns {Promise<SideModulePlace[]>} where they are; rejects when they cannot be loaded, and
 *   then Python never starts
 */
export function placeSideModules(settings, sideModules) {
  return new Promise((resolve, reject) => {
    const place = async (/** @type {PythonModule} */ module) => {
      module.addRunDependency('side modules');
      try {
        resolve(await loadSideModules(module, sideModules));
        module.removeRunDependency('side modules');
      } catch (error) {
        reject(error);
      }
    };
    settings.preRun = [...settings.preRun, place];
  });
}

/**
 * Index into HEAP32 of a word that depends on the browser: the table slot of the trampoline that
 * CPython calls C functions through where WebAssembly has garbage collection, otherwise 0.
 * @param {PythonModule} module
 */
export function trampolineWord(module) {
  const offset = module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2] ?? 0;
  return (module.__PyRuntime + offset) >>> 2;
}

/**
 * Where C's heap ends so far.
 * @param {PythonModule} module
 */
export function heapEnd(module) {
  return module.HEAPU32[module._emscripten_get_sbrk_ptr() >>> 2] ?? 0;
}

/**
 * @param {PythonModule} module
 * @param {readonly SideModule[]} sideModules
 */
async function loadSideModules(module, sideModules) {
  const table = module.wasmTable;
  if (table.length > TABLE_BASE) throw new RangeError(`the table has ${table.length} slots, more than ${TABLE_BASE}`);
  table.grow(TABLE_BASE - table.length);
  /** @type {SideModulePlace[]} */
  const places = [];
  for (const { path, compiled } of sideModules) {
    const [tableBase, heapBase] = [table.length, heapEnd(module)];
    const flags = { loadAsync: true, global: false, nodelete: true };
    const exports = await module.loadWebAssemblyModule(await compiled, flags, path, {});
    module.newDSO(path, undefined, exports).global = false;
    places.push({ path, tableBase, tableEnd: table.length, heapBase, heapEnd: heapEnd(module) });
  }
  return places;
}
