/** What test_block_storage.py has run in a page: block files and their store, with the real IndexedDB. */
import { BlockCache } from '../../loader/worker/block-cache.js';
import { BLOCK_BYTES, BlockFile, EAGAIN } from '../../loader/worker/block-file.js';
import { BlockStore } from '../../loader/worker/block-store.js';
import { FetchedBlocks } from '../../loader/worker/fetched-blocks.js';
import { LayeredSource } from '../../loader/worker/layered-source.js';

const SMALL_BLOCK = 64;

/**
 * Do at random what SQLite, replays, commits and evictions do to a file, and compare it with plain bytes.
 * @param {number} seed
 * @param {number} steps
 * @returns {Promise<{ faults: number, undone: number, reverted: number, differences: string[] }>}
 */
export async function actAtRandom(seed, steps) {
  const chance = chanceOf(seed);
  let stored = bytesOf(chance, 40 * SMALL_BLOCK + 17);
  let now = stored.slice();
  const source = {
    /** @param {number} first @param {number} last */
    read: async (first, last) => {
      // Given as it was when it was asked for, later.
      const bytes = new Uint8Array((last - first + 1) * SMALL_BLOCK);
      bytes.set(stored.subarray(first * SMALL_BLOCK, (last + 1) * SMALL_BLOCK));
      await Promise.resolve();
      return bytes;
    },
  };
  const file = new BlockFile(source, { size: stored.length, cache: new BlockCache(10 * SMALL_BLOCK), blockBytes: SMALL_BLOCK });
  const seen = { faults: 0, undone: 0, reverted: 0, /** @type {string[]} */ differences: [] };

  /** @template T @param {() => T} operation @param {() => void} takeBack */
  const repeated = async (operation, takeBack) => {
    const hold = file.hold();
    try {
      for (let round = 0; ; round++) {
        file.forgetMisses();
        try {
          return operation();
        } catch (error) {
          if (error !== EAGAIN) throw error;
        }
        takeBack();
        seen.faults += 1;
        await file.fault(round);
      }
    } finally {
      file.release(hold);
    }
  };
  const changes = () => {
    const count = 1 + chance(3);
    return Array.from({ length: count }, () => {
      if (chance(6) === 0) return { size: chance(60 * SMALL_BLOCK) };
      return { position: chance(now.length + SMALL_BLOCK), bytes: bytesOf(chance, 1 + chance(5 * SMALL_BLOCK)) };
    });
  };
  const change = async (/** @type {boolean} */ isKept) => {
    const wanted = changes();
    const before = now;
    await repeated(
      () => {
        file.beginWrite();
        for (const { size, position, bytes } of wanted) {
          if (size !== undefined) file.truncate(size);
          else file.write(bytes, 0, bytes.length, position);
        }
      },
      () => file.undoWrite(),
    );
    if (isKept) {
      file.endWrite();
      for (const each of wanted) now = changedBytes(now, each);
    } else {
      file.undoWrite();
      seen.undone += 1;
      now = before;
    }
  };

  for (let step = 0; step < steps; step++) {
    const kind = chance(10);
    if (kind < 5) await change(chance(4) > 0);
    else if (kind === 5) {
      const next = now.slice();
      const taken = file.takeDirty();
      // Others write while it is stored.
      if (chance(2)) await change(true);
      if (chance(4)) {
        stored = next;
        file.wasStored();
        for (const [index, bytes] of taken) differ(seen, bytes.subarray(0, stored.length - index * SMALL_BLOCK), stored.subarray(index * SMALL_BLOCK, (index + 1) * SMALL_BLOCK), `stored block ${index} at step ${step}`);
      } else {
        file.revert(stored.length, true);
        seen.reverted += 1;
        now = stored.slice();
      }
    } else if (kind < 8) {
      for (const index of [...file.blocks.keys()]) if (file.isEvictable(index) && chance(2)) file.evict(index);
    }
    const all = new Uint8Array(now.length + 10);
    const count = await repeated(() => file.read(all, 0, all.length, 0), () => {});
    differ(seen, all.subarray(0, count), now, `step ${step}, kind ${kind}`);
  }
  return seen;
}

/** @param {{ differences: string[] }} seen @param {Uint8Array} found @param {Uint8Array} expected @param {string} when */
function differ(seen, found, expected, when) {
  const place = found.findIndex((byte, index) => byte !== expected[index]);
  if (found.length !== expected.length || place >= 0) seen.differences.push(`${when}: ${found.length} of ${expected.length} bytes, byte ${place}`);
}

/** @param {Uint8Array<ArrayBuffer>} before @param {{ size?: number, position?: number, bytes?: Uint8Array }} change */
function changedBytes(before, { size, position = 0, bytes = new Uint8Array() }) {
  const after = new Uint8Array(size ?? Math.max(before.length, position + bytes.length));
  after.set(before.subarray(0, after.length));
  if (size === undefined) after.set(bytes, position);
  return after;
}

/** @param {(below: number) => number} chance @param {number} length */
function bytesOf(chance, length) {
  return Uint8Array.from({ length }, () => chance(256));
}

/** Random numbers that a seed repeats: mulberry32. @param {number} seed @returns {(below: number) => number} */
function chanceOf(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Changes outside of a watched write are told, others are not. */
export async function tellStrays() {
  const source = { read: async () => new Uint8Array(BLOCK_BYTES) };
  const file = new BlockFile(source, { size: 100, cache: new BlockCache() });
  await file.load();
  let strays = 0;
  file.onStrayWrite = () => (strays += 1);
  const write = () => file.write(new Uint8Array(3), 0, 3, 0);
  file.beginWrite();
  write();
  file.endWrite();
  file.beginWrite();
  write();
  file.undoWrite();
  const whileWatched = strays;
  write();
  file.truncate(7);
  return [whileWatched, strays];
}

/**
 * What is stored of a plan: its files with their blocks' first bytes, and its import.
 * @param {BlockStore} store
 */
async function storedIn(store) {
  const { files, imported } = await store.plan('plan');
  const found = await Promise.all(files.map(async ({ path, version, name }) => {
    const blocks = await store.read('plan', path, 0, 99);
    return [path, { version, name, blocks: Object.fromEntries([...blocks].map(([index, bytes]) => [index, bytes[0]])) }];
  }));
  return { files: Object.fromEntries(found), outcome: imported?.outcome };
}

/** @param {string} path @param {Record<number, number>} firstBytes @param {object} [facts] */
function changeOf(path, firstBytes, facts) {
  const blocks = new Map(Object.entries(firstBytes).map(([index, byte]) => [Number(index), new Uint8Array(BLOCK_BYTES).fill(byte)]));
  const record = { segment: 'plan', path, size: blocks.size * BLOCK_BYTES, original: null, version: 1, savedAt: 1, name: null, route: null, ...facts };
  return { record, blocks, blockCount: blocks.size };
}

/** A database is replaced by another and a second one changed, in one commit; another commit fails. */
export async function replaceInOneCommit() {
  const store = new BlockStore(crypto.randomUUID());
  await store.open('plan', 'us');
  await store.commit('plan', 'us', () => ({ changes: [changeOf('/a', { 0: 1, 1: 1, 2: 1 }), changeOf('/b', { 0: 2 })], removed: [] }));
  const seen = [await storedIn(store)];
  const thrown = async (/** @type {string} */ owner, /** @type {() => import('../../loader/worker/block-store.js').Changes} */ take) =>
    store.commit('plan', owner, take).then(() => '', (error) => error.name);
  const failed = [
    await thrown('us', () => {
      throw new RangeError('a transaction is open');
    }),
    await thrown('another', () => ({ changes: [changeOf('/a', { 0: 9 })], removed: ['/b'] })),
    // A key that no database takes: the transaction fails after other requests of it were made.
    await thrown('us', () => ({ changes: [changeOf('/a', { 0: 9 }), changeOf('/c', { 0: 9 }, { path: null })], removed: ['/b'] })),
  ];
  seen.push(await storedIn(store));
  await store.commit('plan', 'us', () => ({ changes: [changeOf('/a', { 0: 3 }, { name: 'new' })], removed: ['/b'] }));
  seen.push(await storedIn(store));
  return { seen, failed };
}

/** An import that is kept after an edit leaves the edit. */
export async function keepImportAfterEdit() {
  const store = new BlockStore(crypto.randomUUID());
  await store.open('plan', 'us');
  await store.commit('plan', 'us', () => ({ changes: [changeOf('/imported/data.db', { 0: 5 })], removed: [] }));
  const { record } = changeOf('/imported/data.db', { 0: 0 }, { version: 0 });
  const imported = { segment: 'plan', fetchedAt: 1, isComplete: true, sources: [], outcome: 'tables' };
  await store.keepImport('us', imported, [record]);
  const refused = await store.keepImport('another', { ...imported, outcome: 'late' }, [record]).then(() => '', (error) => error.name);
  return { stored: await storedIn(store), refused };
}

/** All blocks of a file, of which there are more than are read at a time. @param {number} count */
export async function copyAll(count) {
  const store = new BlockStore(crypto.randomUUID());
  await store.open('plan', 'us');
  const firstBytes = Object.fromEntries(Array.from({ length: count }, (_, index) => [index, index % 251]));
  await store.commit('plan', 'us', () => ({ changes: [changeOf('/a', firstBytes)], removed: [] }));
  const copy = await store.copy('plan', '/a');
  const bytes = await Promise.all([...copy].map(async ([index, blob]) => [index, new Uint8Array(await blob.arrayBuffer())[0]]));
  return bytes.every(([index = -1, byte]) => byte === index % 251) && copy.size === count;
}

/**
 * A stored file as an engine has it, in memory whole.
 * @param {Uint8Array<ArrayBuffer>} original
 */
async function layeredFile(original) {
  const store = new BlockStore(crypto.randomUUID());
  await store.open('plan', 'us');
  const source = new LayeredSource(new Blob([original]), store, { segment: 'plan', path: '/a', changed: new Set() });
  const file = new BlockFile(source, { size: original.length, cache: new BlockCache() });
  await file.load();
  const commit = async () => {
    /** @type {number[]} */
    let changed = [];
    await store.commit('plan', 'us', () => {
      const { record } = changeOf('/a', {}, { size: file.size });
      const blocks = file.takeDirty();
      changed = [...blocks.keys()];
      return { changes: [{ record, blocks, blockCount: file.blockCount }], removed: [] };
    });
    file.wasStored();
    for (const index of changed) source.changed.add(index);
    for (const index of source.changed) if (index >= file.blockCount) source.changed.delete(index);
  };
  const copy = () => source.snapshot(() => ({ unstored: file.unstored(), size: file.size }));
  return { store, source, file, commit, copy };
}

/** A copy is asked for while a change is being stored, to which another is added at once. */
export async function copyWhileStoring() {
  const { file, commit, copy } = await layeredFile(new Uint8Array());
  const write = (/** @type {number} */ block, /** @type {number} */ byte) => file.write(new Uint8Array(BLOCK_BYTES).fill(byte), 0, BLOCK_BYTES, block * BLOCK_BYTES);
  write(0, 1);
  write(1, 1);
  await commit();
  write(0, 2);
  const committing = commit();
  const copying = copy();
  write(0, 3);
  write(1, 3);
  const [copied] = await Promise.all([copying, committing]);
  const bytes = new Uint8Array(await copied.arrayBuffer());
  return [bytes.length / BLOCK_BYTES, bytes[0], bytes[BLOCK_BYTES]];
}

const PAGE_BYTES = BLOCK_BYTES / 4;

/**
 * Write pages of files as SQLite does, which leaves some out, shorten and commit at random, and copy them after each.
 * @param {number} seed
 * @param {number} files
 */
export async function copyAtRandom(seed, files) {
  const chance = chanceOf(seed);
  const seen = { skipped: 0, shortened: 0, committed: 0, /** @type {string[]} */ differences: [] };
  for (let number = 0; number < files; number++) {
    let now = bytesOf(chance, (1 + chance(12)) * PAGE_BYTES);
    const { file, commit, copy } = await layeredFile(now);
    for (let step = 0; step < 12; step++) {
      const kind = chance(12);
      if (kind < 3) {
        seen.committed += 1;
        await commit();
      } else if (kind === 3) {
        const size = (1 + chance(now.length / PAGE_BYTES)) * PAGE_BYTES;
        seen.shortened += Number(size < now.length);
        file.truncate(size);
        now = changedBytes(now, { size });
      } else {
        const position = chance(now.length / PAGE_BYTES + 8) * PAGE_BYTES;
        const bytes = bytesOf(chance, PAGE_BYTES);
        seen.skipped += Number(position > now.length);
        file.write(bytes, 0, bytes.length, position);
        now = changedBytes(now, { position, bytes });
      }
      const copied = new Uint8Array(await (await copy()).arrayBuffer());
      differ(seen, copied, now, `file ${number}, step ${step}, kind ${kind}`);
    }
  }
  return seen;
}

/** The stored blocks of a file are gone while its engine runs. */
export async function readWhatIsGone() {
  const { store, source, file, commit } = await layeredFile(new Uint8Array(3 * BLOCK_BYTES));
  file.write(new Uint8Array([1]), 0, 1, BLOCK_BYTES);
  await commit();
  const before = (await source.read(0, 2))[BLOCK_BYTES];
  await store.forget('plan');
  const unchanged = (await source.read(2, 2)).length;
  return [before, unchanged, await source.read(0, 2).then(() => '', ({ message }) => message)];
}

/** Another release wants another version of what is stored, while an engine of this one runs. */
export async function makeWay() {
  const names = [crypto.randomUUID(), crypto.randomUUID()];
  const [databases, remote] = [new BlockStore(names[0] ?? ''), new FetchedBlocks(names[1] ?? '', BLOCK_BYTES)];
  const used = async () => [(await databases.plan('plan')).files.length, (await remote.indexes('url')).size];
  await used();
  const wanted = names.map((name) => new Promise((resolve) => {
    const request = indexedDB.open(name, 2);
    request.onblocked = () => resolve('blocked');
    request.onsuccess = () => {
      request.result.close();
      resolve('opened');
    };
  }));
  const seen = await Promise.all(wanted);
  if (seen.includes('blocked')) return [seen, []];
  const deleted = names.map((name) => new Promise((resolve) => {
    indexedDB.deleteDatabase(name).onsuccess = resolve;
  }));
  await Promise.all(deleted);
  return [seen, await used()];
}
