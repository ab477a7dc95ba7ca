/** The memory that blocks of files take, shared by all files of a worker and bounded. */

/** @typedef {{ bytes: Uint8Array<ArrayBuffer>, usedAt: number }} Block */
/**
 * @typedef {{ blocks: Map<number, Block>, isEvictable(index: number): boolean, evict(index: number): void }} CachedFile
 */

/** Enough for the working set of most queries; a browser ends workers that take gigabytes. */
const MOST_BYTES = 128 * 1024 * 1024;

/** What is held may exceed that, but not without end: with it the interpreter would fail. */
const MOST_HELD_BYTES = 512 * 1024 * 1024;

/** After an eviction there is room for a while, so that not every block that arrives starts another. */
const GOAL = 0.9;

export class BlockCache {
  /** Rises with every use of a block. */
  clock = 1;
  bytes = 0;
  #mostBytes;
  /** @type {Set<CachedFile>} */
  #files = new Set();
  /** @type {Set<{ since: number }>} */
  #holds = new Set();

  /** @param {number} [mostBytes] */
  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** @param {CachedFile} file */
  add(file) {
    this.#files.add(file);
  }

  /** Forget a file and its blocks. @param {CachedFile} file */
  remove(file) {
    if (!this.#files.delete(file)) return;
    for (const { bytes } of file.blocks.values()) this.bytes -= bytes.length;
    file.blocks.clear();
  }

  /**
   * Keep every block that is used from now on: a query that is run again for a missing block must
   * find those that it found before.
   * @returns {{ since: number }} for `release`
   */
  hold() {
    const hold = { since: ++this.clock };
    this.#holds.add(hold);
    return hold;
  }

  /** @param {{ since: number }} hold */
  release(hold) {
    this.#holds.delete(hold);
    this.trim();
  }

  /** Whether queries hold more than there is room for. */
  get isOverfull() {
    return this.bytes > MOST_HELD_BYTES;
  }

  /** Keep to the limit: the blocks unused for longest go first. */
  trim() {
    if (this.bytes <= this.#mostBytes) return;
    const heldSince = Math.min(...[...this.#holds].map(({ since }) => since), Infinity);
    /** @type {{ file: CachedFile, index: number, usedAt: number, size: number }[]} */
    const candidates = [];
    for (const file of this.#files) {
      for (const [index, { bytes, usedAt }] of file.blocks) {
        if (usedAt < heldSince && file.isEvictable(index)) candidates.push({ file, index, usedAt, size: bytes.length });
      }
    }
    candidates.sort((a, b) => a.usedAt - b.usedAt);
    for (const { file, index } of candidates) {
      if (this.bytes <= this.#mostBytes * GOAL) return;
      file.evict(index);
    }
  }
}
