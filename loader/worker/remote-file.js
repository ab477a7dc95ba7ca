/**
 * A database that stays at its host: blocks are fetched when a query needs them, and kept.
 *
 * `datasette_lite.storage.RemoteFile` is this object as Python sees it.
 */
import { BrowserError, DownloadError, toFault } from '../shared/faults.js';
import { BlockFile } from './block-file.js';
import { FetchedBlocks } from './fetched-blocks.js';
import { NoRanges, RangeHost, RemoteChanged } from './range-host.js';
import { storageName } from './site.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import('./block-cache.js').BlockCache} BlockCache */
/** @typedef {import('./fetched-blocks.js').RemoteRecord} RemoteRecord */

/** Two pages of the usual size: rows that lie all over a file cost little more than themselves. */
export const REMOTE_BLOCK_BYTES = 8 * 1024;

/** Of a new file, at once: its header, and most often the whole schema. */
const FIRST_BYTES = 64 * 1024;

/** Longest request: a third of a second at 50 Mbit/s, so that the wait for the first byte hardly counts. */
const MOST_AHEAD_BYTES = 2 * 1024 * 1024;

/** What one request brings where nothing is known: a wait costs more than these bytes. */
const FIRST_AHEAD_BYTES = 32 * 1024;

/** What is fetched in vain rather than asked for by one request more, a sixth of the usual wait at 50 Mbit/s. */
const MOST_GAP_BYTES = 48 * 1024;

/** Blocks that are stored at a time, where more are on their way. */
const KEPT_AT_ONCE = 128;

/** Where the header says that a file is in write-ahead mode, and what it says otherwise. */
const FORMATS_AT = 18;
const [ROLLBACK, WRITE_AHEAD] = [1, 2];

/** A file that was read less than so long ago is the same until its host says otherwise. */
const FRESH_MS = 24 * 3600 * 1000;

export const fetchedBlocks = new FetchedBlocks(storageName('remote'), REMOTE_BLOCK_BYTES);

export class RemoteFile {
  #name;
  #cache;
  #host;
  /** @type {Set<number>} blocks in storage */
  #stored;
  /** @type {Map<number, Bytes>} fetched from a host that does not say of which file they are */
  #unproven = new Map();
  /** @type {Map<number, Bytes>} fetched, to be stored */
  #unkept = new Map();
  /** Parts that the host is sending. */
  #fetching = 0;
  /** Bytes that the host was asked for. */
  #asked = 0;
  /** @type {Promise<void> | null} */
  #reopening = null;
  /** When the file was last seen to have been replaced, in milliseconds since 1970. */
  replacedAt = 0;

  /**
   * @param {RangeHost} host
   * @param {string} name
   * @param {BlockCache} cache
   * @param {Set<number>} stored
   */
  constructor(host, name, cache, stored) {
    this.#host = host;
    this.#name = name;
    this.#cache = cache;
    this.#stored = stored;
    this.file = this.#newFile();
  }

  /**
   * @param {string} url
   * @param {string} name for messages
   * @param {BlockCache} cache
   * @param {boolean} fresh ask the host even if the file was read a moment ago
   * @returns {Promise<RemoteFile>} its first blocks are in memory
   * @throws {NoRanges}
   * @throws {DownloadError} download-unreachable; and as `refusedDownload`
   */
  static async open(url, name, cache, fresh) {
    const known = await fetchedBlocks.record(url).catch(() => undefined);
    const isFresh = known && !fresh && Date.now() - known.checkedAt < FRESH_MS;
    const opened = isFresh
      ? null
      : await openHost(url, name).catch((error) => {
          if (!known || !(error instanceof DownloadError)) throw error;
          return null;
        });
    const host = opened?.host ?? new RangeHost(url, name, /** @type {RemoteRecord} */ (known).identity);
    const remote = new RemoteFile(host, name, cache, await fetchedBlocks.indexes(url).catch(() => new Set()));
    if (opened) remote.#use(opened.blocks);
    else await remote.#loadFirst();
    return remote;
  }

  get size() {
    return this.#host.identity.size;
  }

  /** What is here of it, in bytes. */
  get fetched() {
    return Math.min(this.#stored.size * REMOTE_BLOCK_BYTES, this.size);
  }

  /** Requests made, for measurements. */
  get requests() {
    return this.#host.requests;
  }

  /** By which this version of the file is known. */
  get version() {
    return JSON.stringify([this.#host.url, this.#host.identity]);
  }

  /** Whether changes that the host keeps in a second file are missing. */
  get isWriteAhead() {
    return this.#host.identity.head.slice(FORMATS_AT * 2, FORMATS_AT * 2 + 4).includes(`0${WRITE_AHEAD}`);
  }

  /**
   * Fetch what was missing.
   * @param {number} round of the same query
   * @returns {Promise<number | string>} bytes that the host was asked for, or a fault as JSON
   */
  async fault(round) {
    const host = this.#host;
    const before = this.#asked;
    try {
      await this.file.fault(round);
      if (this.file.isOverfull) throw new BrowserError('query-too-large', { tried: `Could not finish this page of ${this.#name}` });
      return this.#asked - before;
    } catch (error) {
      return JSON.stringify(toFault(await this.#explained(error, host)));
    }
  }

  /** Whether all blocks in memory are known to be of the same file. */
  get isProven() {
    return !this.#unproven.size;
  }

  /**
   * Make sure that all blocks that were fetched so far are of the same file.
   * @returns {Promise<string>} '' or a fault as JSON
   */
  async prove() {
    const [host, blocks] = [this.#host, new Map(this.#unproven)];
    try {
      await host.requireUnchanged();
    } catch (error) {
      return JSON.stringify(toFault(await this.#explained(error, host)));
    }
    if (host !== this.#host) return '';
    for (const index of blocks.keys()) this.#unproven.delete(index);
    void fetchedBlocks.keep(host.url, host.identity, blocks);
    return '';
  }

  close() {
    this.file.close();
  }

  /** The first blocks of a file that is known: some may have made room for others, and it may be another by now. */
  async #loadFirst() {
    try {
      await this.file.loadFirst(FIRST_BYTES / REMOTE_BLOCK_BYTES);
    } catch (error) {
      if (!(error instanceof RemoteChanged)) throw error;
      await this.#openAgain();
    }
  }

  /**
   * @param {unknown} error of a host
   * @param {RangeHost} host as it was asked
   * @returns {Promise<unknown>} what to tell
   */
  async #explained(error, host) {
    const told = error instanceof RemoteChanged ? await this.#reopen(host) : error;
    return told instanceof NoRanges ? new DownloadError('no-ranges', { tried: `Could not read more of ${this.#name}`, cause: told }) : told;
  }

  /**
   * The host has another file: nothing that is here is of it.
   * @param {RangeHost} before as it was asked
   * @returns {Promise<unknown>} what to tell
   */
  async #reopen(before) {
    try {
      this.#reopening ??= this.#host === before ? this.#openAgain() : null;
      await this.#reopening;
      return new DownloadError('source-replaced', { tried: `Could not finish this page of ${this.#name}` });
    } catch (error) {
      return error;
    } finally {
      this.#reopening = null;
    }
  }

  async #openAgain() {
    const { host, blocks } = await openHost(this.#host.url, this.#name);
    this.#host = host;
    this.#stored.clear();
    this.#unproven.clear();
    this.#unkept.clear();
    this.file.replace(this.size);
    this.#use(blocks);
    this.replacedAt = Date.now();
  }

  /** Blocks that came with the opening. @param {Map<number, Bytes>} blocks */
  #use(blocks) {
    for (const index of blocks.keys()) this.#stored.add(index);
    this.file.give(new Map([...blocks].map(([index, bytes]) => [index, this.#readable(index, bytes)])));
  }

  #newFile() {
    return new BlockFile(this, {
      size: this.size,
      cache: this.#cache,
      blockBytes: REMOTE_BLOCK_BYTES,
      mostAheadBytes: MOST_AHEAD_BYTES,
      firstAheadBytes: FIRST_AHEAD_BYTES,
      mostGapBytes: MOST_GAP_BYTES,
      overlaps: true,
    });
  }

  /**
   * @param {number} first
   * @param {number} last
   * @returns {Promise<Bytes>}
   */
  async read(first, last) {
    const bytes = new Uint8Array((last - first + 1) * REMOTE_BLOCK_BYTES);
    await Promise.all(
      this.#parts(first, last).map(async ([from, to, isStored]) => {
        const kept = isStored ? await fetchedBlocks.read(this.#host.url, this.#host.identity, from, to).catch(() => new Map()) : new Map();
        const part = kept.size === to - from + 1 ? joined(kept) : await this.#fetch(from, to);
        bytes.set(part, (from - first) * REMOTE_BLOCK_BYTES);
      }),
    );
    return this.#readable(first, bytes);
  }

  /**
   * SQLite opens a file that cannot change only if it is not in write-ahead mode. Without the file of
   * changes both mean the same.
   * @param {number} first
   * @param {Bytes} bytes
   */
  #readable(first, bytes) {
    if (first !== 0 || !this.isWriteAhead) return bytes;
    const readable = bytes.slice();
    return readable.fill(ROLLBACK, FORMATS_AT, FORMATS_AT + 2);
  }

  /** @param {number} first @param {number} last */
  async #fetch(first, last) {
    const host = this.#host;
    const [start, end] = [first * REMOTE_BLOCK_BYTES, Math.min((last + 1) * REMOTE_BLOCK_BYTES, this.size)];
    this.#asked += end - start;
    this.#fetching += 1;
    try {
      return this.#arrived(host, first, last, await host.read(start, end));
    } finally {
      this.#fetching -= 1;
      this.#keepSome();
    }
  }

  /**
   * @param {RangeHost} host that was asked
   * @param {number} first
   * @param {number} last
   * @param {Bytes} bytes
   */
  #arrived(host, first, last, bytes) {
    if (host !== this.#host) return bytes;
    /** @type {Map<number, Bytes>} */
    const blocks = new Map();
    for (let index = first; index <= last; index++) {
      const place = (index - first) * REMOTE_BLOCK_BYTES;
      blocks.set(index, whole(bytes.subarray(place, place + REMOTE_BLOCK_BYTES)));
    }
    for (const [index, block] of blocks) {
      this.#stored.add(index);
      (host.showsVersion ? this.#unkept : this.#unproven).set(index, block);
    }
    return bytes;
  }

  /** Store what has come: many small parts at a time, as each transaction keeps the thread from its work. */
  #keepSome() {
    if (this.#fetching && this.#unkept.size < KEPT_AT_ONCE) return;
    const blocks = this.#unkept;
    this.#unkept = new Map();
    if (blocks.size) void fetchedBlocks.keep(this.#host.url, this.#host.identity, blocks);
  }

  /** A run of blocks in parts that are in storage, or not. @param {number} first @param {number} last */
  #parts(first, last) {
    /** @type {[first: number, last: number, isStored: boolean][]} */
    const parts = [];
    for (let index = first; index <= last; index++) {
      const isStored = this.#stored.has(index);
      const part = parts.at(-1);
      if (part && part[2] === isStored) part[1] = index;
      else parts.push([index, index, isStored]);
    }
    return parts;
  }
}

/**
 * @param {string} url
 * @param {string} name
 * @returns {Promise<{ host: RangeHost, blocks: Map<number, Bytes> }>} blocks: the first
 */
async function openHost(url, name) {
  const { host, first } = await RangeHost.open(url, name, FIRST_BYTES);
  // What is kept may be of another file of the same size and header, where nothing else tells them apart.
  if (!host.showsVersion) await fetchedBlocks.forget(url).catch(() => {});
  await fetchedBlocks.keepRecord({ url, identity: host.identity, checkedAt: Date.now() }).catch(() => {});
  /** @type {Map<number, Bytes>} */
  const blocks = new Map();
  for (let start = 0; start < first.length; start += REMOTE_BLOCK_BYTES) blocks.set(start / REMOTE_BLOCK_BYTES, whole(first.subarray(start, start + REMOTE_BLOCK_BYTES)));
  await fetchedBlocks.keep(url, host.identity, blocks);
  return { host, blocks };
}

/** A block; what is beyond the file's end is zero. @param {Bytes} part @returns {Bytes} */
function whole(part) {
  const block = new Uint8Array(REMOTE_BLOCK_BYTES);
  block.set(part);
  return block;
}

/** @param {Map<number, Bytes>} blocks in order */
function joined(blocks) {
  const bytes = new Uint8Array(blocks.size * REMOTE_BLOCK_BYTES);
  let place = 0;
  for (const block of blocks.values()) bytes.set(block, REMOTE_BLOCK_BYTES * place++);
  return bytes;
}
