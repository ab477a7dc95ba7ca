/**
 * What a memory image has to do with in Emscripten's module of Pyodide.
 *
 * Runs in the service worker and, when an image is made, under Node: imports nothing.
 */

/**
 * What we use of Emscripten's module that Pyodide does not declare.
 * @typedef {{
 *   HEAPU8: Uint8Array<ArrayBuffer>,
 *   HEAP32: Int32Array<ArrayBuffer>,
 *   HEAPU32: Uint32Array<ArrayBuffer>,
 *   wasmTable: WebAssembly.Table,
 *   LDSO: { loadedLibsByHandle: Record<string, object> },
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
