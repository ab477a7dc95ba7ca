/**
 * Changed blocks of databases, in IndexedDB: what a visitor edited outlives the worker and the
 * browser. All that one commit changes is written in one transaction, so storage holds the state
 * before it or the state after it, whenever the power goes.
 */
import { openDatabase } from './indexed-db.js';

/** @typedef {import('./indexed-db.js').IDBPDatabase} IDBPDatabase */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {{ size: number, head: string, fingerprint?: string }} Identity what an original must be for its
 *   changed blocks to fit: bytes, and its first 100 as hex; `fingerprint` once there are changed blocks
 */
/**
 * @typedef {{ segment: string, path: string, size: number, original: Identity | null, version: number,
 *   savedAt: number, name: string | null, route: string | null }} FileRecord
 *   `path`: in the interpreter's file system; `version`: commits so far, 0 for a database as it was
 *   imported; `savedAt`: milliseconds since 1970; `name` and `route`: of a database made here
 */
/**
 * @typedef {{ segment: string, fetchedAt: number, isComplete: boolean, sources: { option: string, value: string, original: boolean }[], outcome: string }} ImportRecord
 *   what importing a plan's sources led to; `original`: the source is itself a database; `outcome` is for `datasette_lite.stored_import`
 */
/** @typedef {{ record: FileRecord, blocks: Map<number, Bytes>, blockCount: number }} Change */
/** @typedef {{ changes: Change[], removed: string[] }} Changes removed: paths of files that are gone */

/** Who the plan belongs to has changed: see `plan-ownership.js`. */
export class NotOwner extends Error {
  name = 'NotOwner';
}

/** Changed blocks read at a time for a copy of a whole database. */
const COPIED_BLOCKS = 256;

export class BlockStore {
  #name;
  /** @type {Promise<IDBPDatabase> | null} */
  #opening = null;

  /** @param {string} name of the IndexedDB database */
  constructor(name) {
    this.#name = name;
  }

  #database() {
    const makeStores = (/** @type {IDBPDatabase} */ db) => {
      db.createObjectStore('files', { keyPath: ['segment', 'path'] });
      db.createObjectStore('blocks');
      db.createObjectStore('imports', { keyPath: 'segment' });
      db.createObjectStore('owners');
    };
    return (this.#opening ??= openDatabase(this.#name, makeStores, () => (this.#opening = null)));
  }

  /**
   * Take a plan over, with what is stored for it: nobody else can store anything for it now.
   * @param {string} segment
   * @param {string} owner
   * @returns {Promise<{ files: FileRecord[], imported: ImportRecord | undefined }>}
   */
  async open(segment, owner) {
    const tx = (await this.#database()).transaction(['files', 'imports', 'owners'], 'readwrite');
    const [files, imported] = await Promise.all([
      tx.objectStore('files').getAll(IDBKeyRange.bound([segment], [segment, []])),
      tx.objectStore('imports').get(segment),
      tx.objectStore('owners').put(owner, segment),
    ]);
    await tx.done;
    return { files, imported };
  }

  /**
   * What is stored for a plan.
   * @param {string} segment
   * @returns {Promise<{ files: FileRecord[], imported: ImportRecord | undefined }>}
   */
  async plan(segment) {
    const tx = (await this.#database()).transaction(['files', 'imports']);
    const [files, imported] = await Promise.all([
      tx.objectStore('files').getAll(IDBKeyRange.bound([segment], [segment, []])),
      tx.objectStore('imports').get(segment),
    ]);
    return { files, imported };
  }

  /**
   * Which blocks of a file are stored.
   * @param {string} segment
   * @param {string} path
   * @returns {Promise<Set<number>>}
   */
  async indexes(segment, path) {
    const keys = await (await this.#database()).getAllKeys('blocks', blocksOf(segment, path));
    return new Set(keys.map((key) => /** @type {[string, string, number]} */ (key)[2]));
  }

  /**
   * @param {string} segment
   * @param {string} path
   * @param {number} first
   * @param {number} last
   * @returns {Promise<Map<number, Bytes>>} those of a run of blocks that are stored
   */
  async read(segment, path, first, last) {
    const { store } = (await this.#database()).transaction('blocks');
    return blocksIn(store, blocksOf(segment, path, first, last));
  }

  /**
   * All stored blocks of a file, as they are at one moment whatever is committed meanwhile.
   * @param {string} segment
   * @param {string} path
   * @param {() => void} [onBegun] called once, when all commits before that moment have ended
   * @returns {Promise<Map<number, Blob>>}
   */
  async copy(segment, path, onBegun = () => {}) {
    const { store } = (await this.#database()).transaction('blocks');
    /** @type {Map<number, Blob>} */
    const copied = new Map();
    for (let first = 0; ; ) {
      const blocks = await blocksIn(store, blocksOf(segment, path, first), COPIED_BLOCKS);
      if (first === 0) onBegun();
      for (const [index, bytes] of blocks) copied.set(index, new Blob([bytes]));
      if (blocks.size < COPIED_BLOCKS) return copied;
      first = Math.max(...blocks.keys()) + 1;
    }
  }

  /**
   * Store changes, all or none. Resolves when they are on disk.
   * @param {string} segment
   * @param {string} owner
   * @param {() => Changes} takeChanges called at the one moment that the changes are from
   * @throws {DOMException} when there is no room, or storage is refused
   * @throws {NotOwner}
   */
  async commit(segment, owner, takeChanges) {
    const db = await this.#database();
    const tx = db.transaction(['files', 'blocks', 'owners'], 'readwrite', { durability: 'strict' });
    const done = tx.done;
    done.catch(() => {}); // Told below, unless something is thrown before.
    try {
      await requireOwner(tx.objectStore('owners'), segment, owner);
      const { changes, removed } = takeChanges();
      const store = tx.objectStore('blocks');
      for (const path of removed) {
        void store.delete(blocksOf(segment, path)).catch(() => {});
        void tx.objectStore('files').delete([segment, path]).catch(() => {});
      }
      for (const { record, blocks, blockCount } of changes) {
        const { path } = record;
        void store.delete(blocksOf(segment, path, blockCount)).catch(() => {});
        for (const [index, bytes] of blocks) {
          if (index < blockCount) void store.put(bytes, [segment, path, index]).catch(() => {});
        }
        void tx.objectStore('files').put(record).catch(() => {});
      }
    } catch (error) {
      abort(tx);
      throw error;
    }
    await done;
  }

  /**
   * Store what an import led to, with its databases as they are.
   * @param {string} owner
   * @param {ImportRecord} imported
   * @param {FileRecord[]} files
   * @throws {NotOwner}
   */
  async keepImport(owner, imported, files) {
    const tx = (await this.#database()).transaction(['files', 'imports', 'owners'], 'readwrite', { durability: 'strict' });
    await requireOwner(tx.objectStore('owners'), imported.segment, owner);
    const store = tx.objectStore('files');
    const put = async (/** @type {FileRecord} */ record) => {
      // One that was edited meanwhile is newer.
      if (!(await store.get([record.segment, record.path]))?.version) await store.put(record);
    };
    await Promise.all([tx.objectStore('imports').put(imported), ...files.map(put), tx.done]);
  }

  /**
   * Copy what is stored of a plan's files to another plan, all or nothing.
   * @param {string} from segment
   * @param {string} to segment; nothing may be stored of its files
   * @param {(record: FileRecord) => FileRecord | null} recordThere null: that file stays behind
   * @param {boolean} isImport copy what its import led to, too
   */
  async copyPlan(from, to, recordThere, isImport) {
    const tx = (await this.#database()).transaction(['files', 'blocks', 'imports'], 'readwrite', { durability: 'strict' });
    const [files, blocks, imports] = [tx.objectStore('files'), tx.objectStore('blocks'), tx.objectStore('imports')];
    /** @type {FileRecord[]} */
    const records = await files.getAll(IDBKeyRange.bound([from], [from, []]));
    for (const record of records) {
      const there = recordThere(record);
      if (!there) continue;
      await files.put({ ...there, segment: to });
      for (let first = 0; ; ) {
        const copied = await blocksIn(blocks, blocksOf(from, record.path, first), COPIED_BLOCKS);
        for (const [index, bytes] of copied) await blocks.put(bytes, [to, there.path, index]);
        if (copied.size < COPIED_BLOCKS) break;
        first = Math.max(...copied.keys()) + 1;
      }
    }
    const imported = isImport && (await imports.get(from));
    if (imported) await imports.put({ ...imported, segment: to });
    await tx.done;
  }

  /**
   * Whether a plan has changes that end when its data is fetched again.
   * @param {string} segment
   */
  async hasEdits(segment) {
    const { files } = await this.plan(segment);
    return files.some(({ version, original }) => version > 0 && original);
  }

  /**
   * Give up the changes to a file, which is again as it was downloaded or imported; one that was
   * made here is gone.
   * @param {string} segment
   * @param {string} path
   */
  async discard(segment, path) {
    const tx = (await this.#database()).transaction(['files', 'blocks'], 'readwrite', { durability: 'strict' });
    const files = tx.objectStore('files');
    /** @type {FileRecord | undefined} */
    const record = await files.get([segment, path]);
    const { size } = record?.original ?? {};
    await Promise.all([
      tx.objectStore('blocks').delete(blocksOf(segment, path)),
      record && size !== undefined && record.name === null ? files.put({ ...record, size, version: 0, savedAt: 0 }) : files.delete([segment, path]),
      tx.done,
    ]);
  }

  /**
   * Forget what was changed in a plan, and its import.
   * @param {string} segment
   */
  async forget(segment) {
    const tx = (await this.#database()).transaction(['files', 'blocks', 'imports'], 'readwrite', { durability: 'strict' });
    const all = IDBKeyRange.bound([segment], [segment, []]);
    await Promise.all([
      tx.objectStore('files').delete(all),
      tx.objectStore('blocks').delete(all),
      tx.objectStore('imports').delete(segment),
      tx.done,
    ]);
  }

  /**
   * Forget what was changed in some files of a plan, all or nothing.
   * @param {string} segment
   * @param {string} owner
   * @param {string[]} paths
   * @param {boolean} isImport they are what was imported: the import is forgotten with them
   * @throws {NotOwner}
   */
  async forgetFiles(segment, owner, paths, isImport) {
    const tx = (await this.#database()).transaction(['files', 'blocks', 'imports', 'owners'], 'readwrite', { durability: 'strict' });
    await requireOwner(tx.objectStore('owners'), segment, owner);
    await Promise.all([
      isImport ? tx.objectStore('imports').delete(segment) : undefined,
      ...paths.flatMap((path) => [
        tx.objectStore('files').delete([segment, path]),
        tx.objectStore('blocks').delete(blocksOf(segment, path)),
      ]),
      tx.done,
    ]);
  }
}

/**
 * @param {string} segment
 * @param {string} path
 * @param {number} [first]
 * @param {number} [last]
 */
function blocksOf(segment, path, first = 0, last = Infinity) {
  return IDBKeyRange.bound([segment, path, first], [segment, path, last]);
}

/** @param {{ abort(): void }} tx that may have ended by itself */
function abort(tx) {
  try {
    tx.abort();
  } catch (error) {
    console.warn(`A transaction had ended already: ${error}`);
  }
}

/**
 * @param {import('../../vendor/npm/idb/index.js').IDBPObjectStore<unknown, any, any, any>} owners
 * @param {string} segment
 * @param {string} owner
 * @throws {NotOwner}
 */
async function requireOwner(owners, segment, owner) {
  if ((await owners.get(segment)) !== owner) throw new NotOwner('the data was opened anew meanwhile');
}

/**
 * @param {import('../../vendor/npm/idb/index.js').IDBPObjectStore<unknown, any, any, any>} store
 * @param {IDBKeyRange} range
 * @param {number} [most]
 * @returns {Promise<Map<number, Bytes>>}
 */
async function blocksIn(store, range, most) {
  const [keys, values] = await Promise.all([store.getAllKeys(range, most), store.getAll(range, most)]);
  return new Map(keys.map((key, place) => [/** @type {[string, string, number]} */ (key)[2], values[place]]));
}
