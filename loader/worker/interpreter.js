/**
 * One Python interpreter, from Pyodide's factory to its end.
 *
 * A browser frees an interpreter's memory once nothing refers to it any more. But Pyodide ties each
 * one to the worker for ever: a listener of the global scope (Emscripten's `setImmediate`) and the
 * open port by which it schedules callbacks. Chromium then refuses the hundredth interpreter or so
 * ("could not allocate memory"), so both are noted here and undone in `endInterpreter`.
 */
import createPyodideModule from '../../vendor/pyodide/pyodide.asm.mjs';
import { wasmWorks } from './compiled-code.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */

/** What unties an interpreter, by its Emscripten module. @type {WeakMap<object, () => void>} */
const ties = new WeakMap();

/**
 * Pyodide's `createPyodideModule`.
 * @param {object} settings of Emscripten
 * @returns {Promise<object>}
 */
export async function createInterpreter(settings) {
  const { addEventListener, MessageChannel } = self;
  const abort = new AbortController();
  /** @type {MessagePort[]} */
  const ports = [];
  self.addEventListener = (/** @type {string} */ type, /** @type {any} */ listener, /** @type {boolean | AddEventListenerOptions} */ options = {}) => {
    const all = typeof options === 'boolean' ? { capture: options } : options;
    addEventListener(type, listener, { ...all, signal: abort.signal });
  };
  self.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      ports.push(this.port1);
    }
  };
  let creating;
  try {
    // Both ties are made before the factory's first wait, so nobody else's are caught.
    creating = createPyodideModule(/** @type {any} */ (settings));
  } finally {
    Object.assign(self, { addEventListener, MessageChannel });
  }
  const module = /** @type {object} */ (await creating);
  wasmWorks();
  ties.set(module, () => {
    abort.abort();
    for (const port of ports) port.close();
  });
  return module;
}

/**
 * Let an interpreter go: it runs no callback after this.
 * @param {PyodideAPI} python
 */
export function endInterpreter(python) {
  const { _module: module } = /** @type {any} */ (python);
  ties.get(module)?.();
  ties.delete(module);
}
