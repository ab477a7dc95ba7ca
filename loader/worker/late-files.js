/**
 * Files that an interpreter restored from a memory image gets only when its first page is out: the
 * standard library and the modules that no page of Datasette's own needs. Python's side is
 * `datasette_lite.late_modules`.
 */

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./python-runtime.js').OnFile} OnFile */

export class LateFiles {
  #modules;
  #place;
  /** @type {Promise<void> | null} */
  #arriving = null;

  /** Whether nothing is missing any more. */
  isHere = false;

  /**
   * @param {PyodideAPI} python restored
   * @param {(onFile: OnFile) => Promise<void>} place fetches the files and puts them where Python looks for them
   */
  constructor(python, place) {
    this.#modules = python.pyimport('datasette_lite.late_modules');
    this.#modules.expect();
    this.#place = place;
  }

  /**
   * Have them here. May be called again, also after it failed.
   * @param {OnFile} [onFile] told the bytes so far of each file
   * @throws {EngineError} runtime-missing, runtime-corrupt
   */
  async arrive(onFile = () => {}) {
    this.#arriving ??= this.#place(onFile).then(() => {
      this.#modules.arrived();
      this.isHere = true;
    });
    try {
      await this.#arriving;
    } catch (error) {
      this.#arriving = null;
      throw error;
    }
  }

  /** Whether Python looked in vain for one of them. @returns {boolean} */
  get isMissed() {
    return this.#modules.has_missed();
  }
}

/** Of an interpreter that has all its files from the start. */
export const NONE_LATE = {
  isHere: true,
  async arrive() {},
  isMissed: false,
};
