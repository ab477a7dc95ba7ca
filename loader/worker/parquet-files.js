/** Parquet files of a plan: read where the browser keeps them; Python sees only how they begin. */
import { mountBlockFile } from './block-mount.js';
import { parquetBatches } from './parquet.js';

/** @typedef {import('./block-mount.js').FileSystem} FileSystem */

/** More than an import reads to tell what a file is. */
const HEAD_BYTES = 512 * 1024;

export class ParquetFiles {
  #fs;
  /** @type {Map<string, Blob>} by path */
  #blobs = new Map();

  /** @param {FileSystem} fs of the engine */
  constructor(fs) {
    this.#fs = fs;
  }

  /**
   * Give a path a file whose beginning can be read by anyone, and its rows by `batches`.
   * @param {string} path
   * @param {Blob} blob
   */
  async mount(path, blob) {
    const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
    const read = (/** @type {Uint8Array} */ target, /** @type {number} */ offset, /** @type {number} */ length, /** @type {number} */ position) => {
      const piece = head.subarray(position, position + length);
      target.set(piece, offset);
      return piece.length;
    };
    mountBlockFile(this.#fs, path, { size: blob.size, read });
    this.#blobs.set(path, blob);
  }

  /**
   * The rows of a file: of one that was mounted here, or that was unpacked from another.
   * @param {string} path
   */
  batches(path) {
    // One that was unpacked is in the interpreter's files.
    return parquetBatches(this.#blobs.get(path) ?? new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (this.#fs.readFile(path))]));
  }
}
