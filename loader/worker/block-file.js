/**
 * A file whose bytes live elsewhere, in blocks, of which those in use are in memory.
 *
 * SQLite reads and writes synchronously, and what a file is made of can only be fetched
 * asynchronously. So a read that needs a block which is not in memory fails with EAGAIN and notes
 * the block; `datasette_lite.replay` has it fetched and runs the query again.
 *
 * A write needs what surrounds it within its block, and may fail in the middle of a transaction:
 * between `beginWrite` and `endWrite` all changes can be taken back, to run it again from the start.
 */
import { ReadAhead } from './read-ahead.js';

/** @typedef {import('./block-cache.js').Block} Block */
/** @typedef {import('./block-cache.js').BlockCache} BlockCache */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {{ read(first: number, last: number): Promise<Bytes> }} BlockSource
 *   gives whole blocks; what is beyond the file's end is zero
 */
/** @typedef {{ blocks: Map<number, Block>, dirty: Set<number>, size: number, changed: boolean }} State */

/**
 * The error of a read or write for which blocks are missing: EAGAIN of WASI. SQLite takes EIO for
 * a damaged database, and repeats EINTR for ever.
 */
export const EAGAIN = 6;

/** Four pages of the usual size: few records for a large database, few bytes for a small edit. */
export const BLOCK_BYTES = 16 * 1024;

/** Most that one fetch brings, in bytes. */
const MOST_AHEAD_BYTES = 32 * 1024 * 1024;

/** Fetches of one query, after which each brings twice as much: its number must stay small. */
const PATIENT_ROUNDS = 8;

/** So many blocks missing at once are known to be wanted, and their neighbours are not. */
const FEW_BLOCKS = 4;

export class BlockFile {
  /** @type {Map<number, Block>} those in memory */
  blocks = new Map();
  /** @type {Set<number>} changed since they were last stored; all are in memory */
  dirty = new Set();
  /** Whether anything was changed since `beginWrite`. */
  changed = false;
  /** Called at every change outside of `beginWrite` and `endWrite`: by a connection that nobody watches. */
  onStrayWrite = () => {};
  #isWatched = false;
  #source;
  #cache;
  #blockBytes;
  #readAhead;
  #firstAhead;
  /** @type {Set<number>} */
  #missing = new Set();
  /** @type {Map<number, Promise<number>>} blocks being fetched */
  #arriving = new Map();
  #overlaps;
  /** Rises when blocks in memory are replaced: what was being fetched meanwhile is of no use. */
  #epoch = 0;
  /** @type {Set<number>} taken to be stored, and not there yet */
  #storing = new Set();
  /** Whether all blocks are in memory, and stay. */
  #isWhole = false;
  /** @type {{ blocks: Map<number, Bytes | null>, dirty: Set<number>, size: number } | null} */
  #undo = null;
  /** @type {State | null} what `revert` goes back to, where nothing is stored yet */
  #floor = null;

  /**
   * @param {BlockSource} source
   * @param {{ size: number, cache: BlockCache, blockBytes?: number, mostAheadBytes?: number, firstAheadBytes?: number, mostGapBytes?: number, overlaps?: boolean }} facts
   *   firstAheadBytes: what a fetch brings where nothing was read before; mostGapBytes: as of `ReadAhead`; overlaps: what is read from end
   *   to end is fetched while a query runs, too
   */
  constructor(source, { size, cache, blockBytes = BLOCK_BYTES, mostAheadBytes = MOST_AHEAD_BYTES, firstAheadBytes = blockBytes, mostGapBytes = 0, overlaps = false }) {
    this.size = size;
    this.#source = source;
    this.#cache = cache;
    this.#blockBytes = blockBytes;
    this.#firstAhead = Math.max(1, Math.floor(firstAheadBytes / blockBytes));
    this.#readAhead = new ReadAhead(Math.max(1, Math.floor(mostAheadBytes / blockBytes)), Math.floor(mostGapBytes / blockBytes));
    this.#overlaps = overlaps;
    cache.add(this);
  }

  get blockCount() {
    return Math.ceil(this.size / this.#blockBytes);
  }

  /** Whether a read or write failed since `forgetMisses`. */
  get hasMisses() {
    return this.#missing.size > 0;
  }

  forgetMisses() {
    this.#missing.clear();
  }

  /** Keep what is used from now on in memory until `release`. */
  hold() {
    return this.#cache.hold();
  }

  /** @param {{ since: number }} hold */
  release(hold) {
    this.#cache.release(hold);
  }

  /**
   * @param {Uint8Array} target
   * @param {number} offset in the target
   * @param {number} length
   * @param {number} position in the file
   * @returns {number} bytes read: fewer at the file's end
   * @throws {number} EAGAIN
   */
  read(target, offset, length, position) {
    const [end, blockBytes] = [Math.min(position + length, this.size), this.#blockBytes];
    // Nearly always within one block, thousands of times a second.
    for (let at = position; at < end; ) {
      const index = Math.floor(at / blockBytes);
      const block = this.blocks.get(index);
      if (!block) throw this.#missed(index, end);
      block.usedAt = ++this.#cache.clock;
      const from = at - index * blockBytes;
      const count = Math.min(blockBytes - from, end - at);
      target.set(count === blockBytes ? block.bytes : block.bytes.subarray(from, from + count), offset + at - position);
      at += count;
    }
    return Math.max(0, end - position);
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} offset in the bytes
   * @param {number} length
   * @param {number} position in the file
   * @returns {number} bytes written
   * @throws {number} EAGAIN
   */
  write(bytes, offset, length, position) {
    const [end, blockBytes] = [position + length, this.#blockBytes];
    if (position > this.size) this.truncate(position);
    for (let index = Math.floor(position / blockBytes); index * blockBytes < Math.min(end, this.size); index++) {
      const start = index * blockBytes;
      const isCovered = position <= start && end >= Math.min(start + blockBytes, this.size);
      if (!isCovered && !this.blocks.has(index)) throw this.#missed(index, index * blockBytes + 1);
    }
    for (let at = position; at < end; ) {
      const index = Math.floor(at / blockBytes);
      const from = at - index * blockBytes;
      const count = Math.min(blockBytes - from, end - at);
      const start = offset + at - position;
      this.#changing(index).bytes.set(bytes.subarray(start, start + count), from);
      at += count;
    }
    if (end > this.size) this.size = end;
    this.#noteChange();
    return length;
  }

  /**
   * Make the file shorter or, with zeros, longer.
   * @param {number} size
   * @throws {number} EAGAIN
   */
  truncate(size) {
    if (size === this.size) return;
    const [kept, rest] = [Math.ceil(size / this.#blockBytes), size % this.#blockBytes];
    if (size < this.size) {
      if (rest) {
        if (!this.blocks.has(kept - 1)) throw this.#missed(kept - 1, size);
        this.#changing(kept - 1).bytes.fill(0, rest);
      }
      for (const index of [...this.blocks.keys()]) if (index >= kept) this.#drop(index);
      this.#epoch += 1;
    } else {
      for (let index = this.blockCount; index < kept; index++) this.#changing(index);
    }
    this.size = size;
    this.#noteChange();
  }

  /** From here on changes can be taken back. */
  beginWrite() {
    this.changed = false;
    this.#isWatched = true;
    // Where nothing can be missing, nothing will have to be.
    this.#undo = this.#isWhole ? null : { blocks: new Map(), dirty: new Set(this.dirty), size: this.size };
  }

  /** The changes since `beginWrite` stay. @returns {boolean} whether there were any */
  endWrite() {
    this.#undo = null;
    this.#isWatched = false;
    return this.changed;
  }

  /** Take back all changes since `beginWrite`. */
  undoWrite() {
    this.#isWatched = false;
    if (!this.#undo) return;
    const { blocks, dirty, size } = this.#undo;
    this.#undo = null;
    for (const [index, bytes] of blocks) {
      if (bytes) this.#put(index, bytes);
      else this.#drop(index);
    }
    this.dirty = dirty;
    this.size = size;
    this.changed = false;
    this.#epoch += 1;
  }

  /**
   * What was changed so far is made anew at every start, such as a corrected header: `revert` keeps it.
   */
  settle() {
    const blocks = new Map([...this.dirty].map((index) => [index, copyOf(/** @type {Block} */ (this.blocks.get(index)))]));
    this.#floor = { blocks, dirty: new Set(this.dirty), size: this.size, changed: false };
  }

  /** Whether `settle` was called. */
  get isSettled() {
    return this.#floor !== null;
  }

  /**
   * Go back to what is stored.
   * @param {number} size stored
   * @param {boolean} isStored false: nothing is, so back to when it was settled
   */
  revert(size, isStored) {
    for (const index of [...this.dirty, ...this.#storing]) this.#drop(index);
    this.#storing.clear();
    this.size = size;
    if (!isStored && this.#floor) {
      for (const [index, { bytes }] of this.#floor.blocks) this.#put(index, bytes.slice());
      this.dirty = new Set(this.#floor.dirty);
      this.size = this.#floor.size;
    }
    this.#isWhole = false;
    this.#epoch += 1;
  }

  /**
   * What has to be stored, copied. Then either `wasStored` or `revert`.
   * @returns {Map<number, Bytes>}
   */
  takeDirty() {
    const taken = new Map([...this.dirty].map((index) => [index, copyOf(/** @type {Block} */ (this.blocks.get(index))).bytes]));
    for (const index of this.dirty) this.#storing.add(index);
    this.dirty.clear();
    // What is on its way from storage was read before.
    this.#epoch += 1;
    return taken;
  }

  wasStored() {
    this.#storing.clear();
  }

  /** Copies of what is not stored yet. @returns {Map<number, Bytes>} */
  unstored() {
    const indexes = [...this.dirty, ...this.#storing];
    return new Map(indexes.flatMap((index) => {
      const block = this.blocks.get(index);
      return block ? [[index, block.bytes.slice()]] : [];
    }));
  }

  /** Whether queries hold more than there is room for. */
  get isOverfull() {
    return this.#cache.isOverfull;
  }

  /**
   * Fetch the missing blocks, and some that will probably be next.
   * @param {number} round of the same query, from 0
   * @returns {Promise<number>} bytes fetched
   */
  async fault(round) {
    const missing = [...this.#missing];
    const window = missing.length > FEW_BLOCKS ? 1 : this.#firstAhead * 2 ** Math.floor(round / PATIENT_ROUNDS);
    const isHere = (/** @type {number} */ index) => this.blocks.has(index) || this.#arriving.has(index);
    const runs = this.#readAhead.plan(missing.filter((index) => !isHere(index)), this.blockCount, isHere, window);
    const awaited = new Set(missing.flatMap((index) => this.#arriving.get(index) ?? []));
    const fetched = await Promise.all([...awaited, ...runs.map((run) => this.#bring(run))]);
    const last = missing.at(-1);
    if (this.#overlaps && last !== undefined) {
      // While the query is run again, which asks for them next.
      for (const run of this.#readAhead.next(last, this.blockCount, isHere)) this.#bring(run).catch(() => {});
    }
    this.#cache.trim();
    return fetched.reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Fetch a run of blocks; whoever misses one of them meanwhile awaits the same.
   * @param {import('./read-ahead.js').BlockRun} run
   * @returns {Promise<number>} bytes
   */
  #bring([first, last]) {
    const arrival = this.#fetch(first, last).finally(() => {
      for (let index = first; index <= last; index++) if (this.#arriving.get(index) === arrival) this.#arriving.delete(index);
    });
    for (let index = first; index <= last; index++) this.#arriving.set(index, arrival);
    return arrival;
  }

  /** Bring all blocks into memory, to stay: for small files, which then never have to wait. */
  async load() {
    if (this.size) await this.#fetch(0, this.blockCount - 1);
    this.#isWhole = this.blocks.size === this.blockCount;
  }

  /** It is another file now. @param {number} size */
  replace(size) {
    for (const index of [...this.blocks.keys()]) this.#drop(index);
    this.#missing.clear();
    this.#arriving.clear();
    this.size = size;
    this.#epoch += 1;
  }

  /** Take blocks that came without being asked for. @param {Map<number, Bytes>} blocks */
  give(blocks) {
    for (const [index, bytes] of blocks) this.#put(index, bytes);
  }

  /** Bring the first blocks into memory. @param {number} count */
  async loadFirst(count) {
    await this.#fetch(0, Math.min(count, this.blockCount) - 1);
  }

  /** Bring all blocks into memory, where they stay for a `hold` that was taken before. */
  async loadAll() {
    const most = Math.max(1, Math.floor(MOST_AHEAD_BYTES / this.#blockBytes));
    for (const block of this.blocks.values()) block.usedAt = ++this.#cache.clock;
    // Again where something was written meanwhile, as what was fetched then is of no use.
    while (this.blocks.size < this.blockCount) {
      let first = 0;
      while (this.blocks.has(first)) first += 1;
      let last = first;
      while (last + 1 < this.blockCount && last + 1 - first < most && !this.blocks.has(last + 1)) last += 1;
      await this.#fetch(first, last);
    }
  }

  /** Free the memory; the file is not used any more. */
  close() {
    this.#cache.remove(this);
  }

  /** @param {number} index */
  isEvictable(index) {
    return !this.#isWhole && !this.dirty.has(index) && !this.#storing.has(index) && !this.#undo?.blocks.has(index);
  }

  /** @param {number} index */
  evict(index) {
    this.#drop(index);
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  async #fetch(first, last) {
    const epoch = this.#epoch;
    const bytes = await this.#source.read(first, last);
    for (let index = first; index <= last && epoch === this.#epoch; index++) {
      const start = (index - first) * this.#blockBytes;
      // Written meanwhile: what was fetched is older.
      if (!this.blocks.has(index)) this.#put(index, bytes.slice(start, start + this.#blockBytes));
    }
    return bytes.length;
  }

  /**
   * Note the blocks that are missing.
   * @param {number} index the first
   * @param {number} end of what is wanted, in bytes
   * @returns {number} the error to throw
   */
  #missed(index, end) {
    for (let each = index; each * this.#blockBytes < end; each++) if (!this.blocks.has(each)) this.#missing.add(each);
    return EAGAIN;
  }

  #noteChange() {
    this.changed = true;
    if (!this.#isWatched) this.onStrayWrite();
  }

  /** A block that is about to change, made if there is none. @param {number} index */
  #changing(index) {
    const block = this.blocks.get(index);
    if (this.#undo && !this.#undo.blocks.has(index)) this.#undo.blocks.set(index, block ? block.bytes.slice() : null);
    this.dirty.add(index);
    if (!block) return this.#put(index, new Uint8Array(this.#blockBytes));
    block.usedAt = ++this.#cache.clock;
    return block;
  }

  /** @param {number} index @param {Bytes} bytes @returns {Block} */
  #put(index, bytes) {
    const block = { bytes, usedAt: ++this.#cache.clock };
    this.#cache.bytes += bytes.length - (this.blocks.get(index)?.bytes.length ?? 0);
    this.blocks.set(index, block);
    return block;
  }

  /** @param {number} index */
  #drop(index) {
    const block = this.blocks.get(index);
    if (!block) return;
    if (this.#undo && !this.#undo.blocks.has(index)) this.#undo.blocks.set(index, block.bytes);
    this.#cache.bytes -= block.bytes.length;
    this.blocks.delete(index);
    this.dirty.delete(index);
  }
}

/** @param {Block} block @returns {Block} */
function copyOf({ bytes, usedAt }) {
  return { bytes: bytes.slice(), usedAt };
}
