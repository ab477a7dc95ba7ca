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
    const expected = this.#changedIn(first, last);
    const [original, changed] = await Promise.all([
      run.arrayBuffer(),
      expected.length ? this.#store.read(this.#segment, this.#path, first, last) : new Map(),
    ]);
    // The original in its place would be of another time. What was cut off meanwhile is none of the changed.
    const gone = expected.find((index) => !changed.has(index) && this.changed.has(index));
    if (gone !== undefined) throw new Error(`block ${gone} of ${this.#path}, which was changed, is gone`);
    bytes.set(new Uint8Array(original));
    for (const [index, block] of changed) bytes.set(block, (index - first) * BLOCK_BYTES);
    return bytes;
  }

  /**
   * The whole as it is at one moment, whatever changes meanwhile.
   * @param {() => { unstored: Map<number, Bytes>, size: number }} take called at that moment; unstored: newer than what is stored
   */
  async snapshot(take) {
    // A commit that is under way stores more than what was there when the copy was asked for.
    /** @type {ReturnType<typeof take> | undefined} */
    let taken;
    const stored = this.changed.size ? await this.#store.copy(this.#segment, this.#path, () => (taken = take())) : new Map();
    const { unstored, size } = taken ?? take();
    /** @type {Map<number, Blob>} */
    const changed = new Map([...stored, ...[...unstored].map(([index, bytes]) => /** @type {const} */ ([index, new Blob([bytes])]))]);
    /** @type {Blob[]} */
    const parts = [];
    /** Pages that SQLite left out beyond the original's end are zero. @param {number} from @param {number} to */
    const unchanged = (from, to) => {
      const part = this.original.slice(from, to);
      parts.push(part, new Blob([new Uint8Array(to - from - part.size)]));
    };
    let position = 0;
    for (const index of [...changed.keys()].sort((a, b) => a - b)) {
      if (index * BLOCK_BYTES >= size) break;
      if (position < index * BLOCK_BYTES) unchanged(position, index * BLOCK_BYTES);
      parts.push(/** @type {Blob} */ (changed.get(index)));
      position = (index + 1) * BLOCK_BYTES;
    }
    if (position < size) unchanged(position, size);
    return new Blob(parts).slice(0, size);
  }

  /** @param {number} first @param {number} last */
  #changedIn(first, last) {
    if (this.changed.size < last - first) return [...this.changed].filter((index) => index >= first && index <= last);
    return Array.from({ length: last - first + 1 }, (_, place) => first + place).filter((index) => this.changed.has(index));
  }
}

/** An original up to this size is compared whole. */
const WHOLE_BYTES = 32 * 1024 * 1024;

/** Of a larger one, so many pieces from all over it. */
const PIECES = 256;
const PIECE_BYTES = 16 * 1024;

/**
 * By which an original is told from another of the same size and header, such as one that was built anew.
 * @param {Blob} original
 * @returns {Promise<string>}
 */
export async function fingerprintOf(original) {
  const step = (original.size - PIECE_BYTES) / (PIECES - 1);
  const pieces = Array.from({ length: PIECES }, (_, number) => {
    const start = Math.floor(number * step);
    return original.slice(start, start + PIECE_BYTES);
  });
  const compared = original.size <= WHOLE_BYTES ? original : new Blob(pieces);
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', await compared.arrayBuffer())));
}

/**
 * By which an original is known again.
 * @param {Blob} original
 * @returns {Promise<import('./block-store.js').Identity>}
 */
export async function identityOf(original) {
  const head = new Uint8Array(await original.slice(0, HEAD_BYTES).arrayBuffer());
  return { size: original.size, head: hexOf(head) };
}

/** @param {Uint8Array} bytes */
function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
