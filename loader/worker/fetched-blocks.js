/**
 * Blocks of databases that are read at their hosts, kept in IndexedDB: coming back costs no second
 * download. Bounded; what was fetched longest ago goes first.
 */
import { openDatabase } from './indexed-db.js';

/** @typedef {import('./indexed-db.js').IDBPDatabase} IDBPDatabase */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import('./range-host.js').RemoteIdentity} RemoteIdentity */
/** @typedef {{ url: string, identity: RemoteIdentity, checkedAt: number }} RemoteRecord checkedAt: milliseconds since 1970 */

/** Of all databases together. */
const MOST_BYTES = 256 * 1024 * 1024;

/** What is left after room was made. */
const GOAL = 0.8;

export class FetchedBlocks {
  #name;
  #blockBytes;
  #mostBytes;
  /** @type {Promise<IDBPDatabase> | null} */
  #opening = null;
  /** Blocks in storage, as far as known. @type {number | null} */
  #count = null;

  /**
   * @param {string} name of the IndexedDB database
   * @param {number} blockBytes
   * @param {number} [mostBytes] of all databases together
   */
  constructor(name, blockBytes, mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
    this.#name = name;
    this.#blockBytes = blockBytes;
  }

  #database() {
    const makeStores = (/** @type {IDBPDatabase} */ db) => {
      db.createObjectStore('files', { keyPath: 'url' });
      db.createObjectStore('blocks', { keyPath: ['url', 'index'] }).createIndex('byAge', 'at');
    };
    return (this.#opening ??= openDatabase(this.#name, makeStores, () => (this.#opening = null)));
  }

  /** @param {string} url @returns {Promise<RemoteRecord | undefined>} */
  async record(url) {
    return (await this.#database()).get('files', url);
  }

  /**
   * Which file the blocks of an address are of; those of another are dropped.
   * @param {RemoteRecord} record
   */
  async keepRecord(record) {
    const tx = (await this.#database()).transaction(['files', 'blocks'], 'readwrite');
    const known = /** @type {RemoteRecord | undefined} */ (await tx.objectStore('files').get(record.url));
    if (known && !isOf(known, record.identity)) void tx.objectStore('blocks').delete(rangeOf(record.url));
    void tx.objectStore('files').put(record);
    await tx.done;
    this.#count = null;
  }

  /** @param {string} url @returns {Promise<Set<number>>} */
  async indexes(url) {
    const keys = await (await this.#database()).getAllKeys('blocks', rangeOf(url));
    return new Set(keys.map((key) => /** @type {[string, number]} */ (key)[1]));
  }

  /**
   * @param {string} url
   * @param {RemoteIdentity} identity that the blocks must be of: another engine may know a later file
   * @param {number} first
   * @param {number} last
   * @returns {Promise<Map<number, Bytes>>} those that are there
   */
  async read(url, identity, first, last) {
    const tx = (await this.#database()).transaction(['files', 'blocks']);
    const [known, found] = await Promise.all([
      /** @type {Promise<RemoteRecord | undefined>} */ (tx.objectStore('files').get(url)),
      /** @type {Promise<{ index: number, bytes: Bytes }[]>} */ (tx.objectStore('blocks').getAll(rangeOf(url, first, last))),
    ]);
    return new Map(isOf(known, identity) ? found.map(({ index, bytes }) => [index, bytes]) : []);
  }

  /**
   * @param {string} url
   * @param {RemoteIdentity} identity that the blocks are of
   * @param {Map<number, Bytes>} blocks
   * @returns {Promise<void>} never rejects: what is not kept is fetched again
   */
  async keep(url, identity, blocks) {
    try {
      const tx = (await this.#database()).transaction(['files', 'blocks'], 'readwrite', { durability: 'relaxed' });
      const known = /** @type {RemoteRecord | undefined} */ (await tx.objectStore('files').get(url));
      if (isOf(known, identity)) {
        const at = Date.now();
        for (const [index, bytes] of blocks) void tx.objectStore('blocks').put({ url, index, bytes, at });
      }
      await tx.done;
      this.#count = (this.#count ?? (await (await this.#database()).count('blocks'))) + blocks.size;
      if (this.#count * this.#blockBytes > this.#mostBytes) await this.#makeRoom();
    } catch (error) {
      console.warn(`This browser did not keep what was fetched of ${url.slice(0, 200)}: ${error}`);
    }
  }

  /** @param {string} url */
  async forget(url) {
    const tx = (await this.#database()).transaction(['files', 'blocks'], 'readwrite');
    await Promise.all([tx.objectStore('files').delete(url), tx.objectStore('blocks').delete(rangeOf(url)), tx.done]);
    this.#count = null;
  }

  async #makeRoom() {
    const tx = (await this.#database()).transaction('blocks', 'readwrite');
    let left = await tx.store.count();
    const goal = (this.#mostBytes * GOAL) / this.#blockBytes;
    for (let cursor = await tx.store.index('byAge').openCursor(); cursor && left > goal; cursor = await cursor.continue()) {
      void cursor.delete();
      left -= 1;
    }
    await tx.done;
    this.#count = left;
  }
}

/** @param {RemoteRecord | undefined} known @param {RemoteIdentity} identity */
function isOf(known, identity) {
  return known !== undefined && JSON.stringify(known.identity) === JSON.stringify(identity);
}

/** @param {string} url @param {number} [first] @param {number} [last] */
function rangeOf(url, first = 0, last = Infinity) {
  return IDBKeyRange.bound([url, first], [url, last]);
}
