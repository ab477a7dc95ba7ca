/** A database as it was downloaded or imported, and over it the blocks that were changed since. */
import { BLOCK_BYTES } from './block-file.js';

/** @typedef {import('./block-store.js').BlockStore} BlockStore */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** As long as a SQLite header: it holds the counter of changes. */
const HEAD_BYTES = 100;

export class LayeredSource {
  #store;
  #segment;
  #path;

  /**
   * @param {Blob} original
   * @param {BlockStore} store
   * @param {{ segment: string, path: string, changed: Set<number> }} facts changed: the blocks that the store has
   */
  constructor(original, store, { segment, path, changed }) {
    this.original = original;
    this.changed = changed;
    this.#store = store;
    this.#segment = segment;
    this.#path = path;
  }

  /**
   * @param {number} first
   * @param {number} last
   * @returns {Promise<Bytes>}
   */
  async read(first, last) {
    const bytes = new Uint8Array((last - first + 1) * BLOCK_BYTES);
    const run = this.original.slice(first * BLOCK_BYTES, (last + 1) * BLOCK_BYTES);
    const [original, changed] = await Promise.all([
      run.arrayBuffer(),
      this.#hasChanged(first, last) ? this.#store.read(this.#segment, this.#path, first, last) : [],
    ]);
    bytes.set(new Uint8Array(original));
    for (const [index, block] of changed) bytes.set(block, (index - first) * BLOCK_BYTES);
    return bytes;
  }

  /**
   * The whole as it is now, whatever changes meanwhile.
   * @param {Map<number, Bytes>} unstored newer than what is stored
   * @param {number} size
   */
  async snapshot(unstored, size) {
    const stored = this.changed.size ? await this.#store.copy(this.#segment, this.#path) : new Map();
    /** @type {Map<number, Blob>} */
    const changed = new Map([...stored, ...[...unstored].map(([index, bytes]) => /** @type {const} */ ([index, new Blob([bytes])]))]);
    /** @type {Blob[]} */
    const parts = [];
    let position = 0;
    for (const index of [...changed.keys()].sort((a, b) => a - b)) {
      if (index * BLOCK_BYTES >= size) break;
      if (position < index * BLOCK_BYTES) parts.push(this.original.slice(position, index * BLOCK_BYTES));
      parts.push(/** @type {Blob} */ (changed.get(index)));
      position = (index + 1) * BLOCK_BYTES;
    }
    if (position < size) parts.push(this.original.slice(position, size));
    return new Blob(parts).slice(0, size);
  }

  /** @param {number} first @param {number} last */
  #hasChanged(first, last) {
    if (this.changed.size < last - first) return this.changed.size > 0 && [...this.changed].some((index) => index >= first && index <= last);
    for (let index = first; index <= last; index++) if (this.changed.has(index)) return true;
    return false;
  }
}

/**
 * By which an original is known again.
 * @param {Blob} original
 * @returns {Promise<import('./block-store.js').Identity>}
 */
export async function identityOf(original) {
  const head = new Uint8Array(await original.slice(0, HEAD_BYTES).arrayBuffer());
  return { size: original.size, head: Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}
