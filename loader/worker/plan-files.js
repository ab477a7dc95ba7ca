/**
 * The databases of one plan while its engine runs: files whose changes are kept in this browser.
 *
 * `datasette_lite.storage.PlanStorage` is this object as Python sees it.
 */
import { BrowserError, DataError, toFault } from '../shared/faults.js';
import { BlockCache } from './block-cache.js';
import { BLOCK_BYTES, BlockFile } from './block-file.js';
import { keepInPlace, mountBlockFile, mountedAt } from './block-mount.js';
import { BlockStore, NotOwner } from './block-store.js';
import { GrowingFile } from './growing-file.js';
import { LayeredSource, fingerprintOf, identityOf } from './layered-source.js';
import { keepCopy, keptCopy, storeKey } from './kept-copies.js';
import { ownPlan } from './plan-ownership.js';
import { IMPORTED_FOLDER, SOURCES_FOLDER } from './plan-places.js';
import { storageName } from './site.js';

/** @typedef {import('./block-store.js').FileRecord} FileRecord */
/** @typedef {import('./block-store.js').ImportRecord} ImportRecord */
/** @typedef {import('./block-store.js').Identity} Identity */
/** @typedef {import('./block-mount.js').FileSystem} FileSystem */
/**
 * @typedef {{ file: BlockFile, source: LayeredSource, record: FileRecord, isStored: boolean, isOriginalKept: boolean, isRecordNew: boolean }} PlanFile
 *   record: as it is stored, or would be first; isOriginalKept: what the changes apply to is in storage;
 *   isRecordNew: the record itself is to be stored, whatever was changed
 */

/** Loaded whole at the start, so that nothing of it is ever waited for. */
const SMALL_BYTES = 32 * 1024 * 1024;

/** Of a larger one: what an import reads to tell its kind, and the pages that every connection reads first. */
const FIRST_BLOCKS = 32;

/** One for all engines: what one does not need, another may. */
export const cache = new BlockCache();

/** What is kept of all plans' databases. */
export const databaseStore = new BlockStore(storageName('databases'));

/**
 * What is stored for a plan; nothing more happens to it until `close`.
 * @param {string} segment
 * @returns {Promise<PlanFiles>}
 */
export async function openPlanFiles(segment) {
  const ownership = ownPlan(segment);
  try {
    const stored = await databaseStore.open(segment, ownership.id);
    return new PlanFiles(segment, stored, ownership);
  } catch (error) {
    console.warn(`This browser keeps no changes of databases for this site: ${error}`);
    // Full, or refused altogether, as in some private modes: one can look at everything and change nothing.
    const stored = await databaseStore.plan(segment).catch(() => null);
    return new PlanFiles(segment, stored ?? { files: [], imported: undefined }, ownership, refusalOf(error, Boolean(stored)));
  }
}

export class PlanFiles {
  /** @type {Map<string, PlanFile>} by path */
  #files = new Map();
  /** @type {Map<string, import('./remote-file.js').RemoteFile>} by path */
  #remotes = new Map();
  /** @type {Map<string, FileRecord>} by path */
  #records;
  #segment;
  #ownership;
  /** What an import is writing. @type {Map<string, GrowingFile>} by path */
  #written = new Map();
  /** @type {FileSystem | null} */
  #fs = null;
  /** Whether Python has changes that are not stored. Python sets it. */
  isUnsaved = false;
  /** Whether what is in memory can no longer be what is stored, so that another engine is needed. */
  isSpent = false;
  /** Called after changes by connections that are none of Datasette's. Python sets it. @type {() => void} */
  onStrayWrite = () => {};
  /** What such connections changed. @type {Set<string>} paths */
  #strays = new Set();
  /** What such connections changed since the start. @type {Set<string>} paths */
  #strayed = new Set();
  /** Databases that are given up with the next commit. @type {Map<string, PlanFile>} by path */
  #removed = new Map();
  /** An import to be stored. @type {{ outcome: string, isComplete: boolean } | null} */
  #unkept = null;
  /** The same, being stored. @type {Promise<void>} */
  #keeping = Promise.resolve();
  /** Whether the imported databases that are mounted are stored as such. */
  #isImportStored = false;
  /** The plan's sources that are imported. @type {{ option: string, value: string, original: boolean }[]} */
  sources = [];

  /**
   * @param {string} segment
   * @param {{ files: FileRecord[], imported: ImportRecord | undefined }} stored
   * @param {import('./plan-ownership.js').Ownership} ownership
   * @param {string} refusal the fault, as JSON, for which nothing can be stored
   */
  constructor(segment, { files, imported }, ownership, refusal = '') {
    this.#segment = segment;
    this.#records = new Map(files.map((record) => [record.path, record]));
    this.#ownership = ownership;
    this.refusal = refusal;
    /** What the plan's sources were imported into. @type {ImportRecord | undefined} */
    this.imported = imported;
  }

  /** Whether a file was changed in this browser. @param {string} path */
  isEdited(path) {
    return (this.#records.get(path)?.version ?? 0) > 0;
  }

  /** Whether any database that an import made was changed. */
  get isImportEdited() {
    return [...this.#records.values()].some(({ path, version }) => path.startsWith(IMPORTED_FOLDER) && version > 0);
  }

  /**
   * Forget the changes to a file: its original is about to be replaced.
   * @param {string} path
   */
  async forgetChanges(path) {
    if (this.#records.has(path)) await this.#forget([path], false);
  }

  /**
   * The original that a file's changes apply to, where it was kept for them.
   * @param {string} path
   */
  async originalOf(path) {
    return this.isEdited(path) || this.refusal ? keptCopy(this.#originalKey(path)) : undefined;
  }

  /** Forget what was imported, and the changes to it. */
  async forgetImport() {
    this.imported = undefined;
    await this.#forget([...this.#records.keys()].filter((path) => path.startsWith(IMPORTED_FOLDER)), true);
  }

  /** @param {FileSystem} fs of the engine */
  useFileSystem(fs) {
    this.#fs = fs;
  }

  /**
   * Give a path a database as it was downloaded, with what was changed in it since.
   * @param {string} path
   * @param {Blob} original
   * @param {boolean} isOriginalKept whether the very same will be there at the next start
   * @throws {DataError} original-changed
   */
  async mount(path, original, isOriginalKept) {
    const known = this.#records.get(path);
    const isOther = known?.original && !(await isSame(original, known.original));
    if (isOther && known.version) throw originalChanged(path);
    // Its changes were discarded before it was replaced at its host.
    const stored = isOther ? undefined : known;
    const record = stored ?? this.#newRecord(path, original.size, await identityOf(original));
    const entry = await this.#mount(record, original, Boolean(stored));
    entry.isOriginalKept = isOriginalKept;
  }

  /**
   * Give their paths the databases that are stored whole: what was imported or made here.
   * @param {boolean} isImported false: what was imported is left out
   */
  async mountStored(isImported) {
    this.#isImportStored = isImported;
    for (const record of this.#records.values()) {
      if (this.#files.has(record.path) || record.path.startsWith(SOURCES_FOLDER)) continue;
      if (record.path.startsWith(IMPORTED_FOLDER) && !isImported) continue;
      const kept = record.original ? await keptCopy(this.#originalKey(record.path)) : { blob: new Blob() };
      if (!kept || (record.original && !(await isSame(kept.blob, record.original)))) {
        console.warn(`What was stored of ${record.path} is incomplete.`);
        continue;
      }
      const entry = await this.#mount(record, kept.blob, true);
      entry.isOriginalKept = true;
    }
  }

  /** Whether all databases that an import made are there. */
  async hasImported() {
    if (!this.imported) return false;
    /** @type {{ databases: { path: string }[] }} */
    const { databases } = JSON.parse(this.imported.outcome);
    // Others were found in a source, which is mounted as it is.
    for (const { path } of databases.filter((each) => each.path.startsWith(IMPORTED_FOLDER))) {
      const original = this.#records.get(path)?.original;
      const kept = original && (await keptCopy(this.#originalKey(path)));
      if (!kept || !(await isSame(kept.blob, original))) return false;
    }
    return true;
  }

  /**
   * Give a path a database that stays at its host.
   * @param {string} path
   * @param {import('./remote-file.js').RemoteFile} remote
   */
  mountRemote(path, remote) {
    mountBlockFile(this.#system(), path, remote.file, { isWritable: false });
    this.#remotes.set(path, remote);
  }

  /** The file at a path that stays at its host, for Python. @param {string} path */
  remote(path) {
    return this.#remotes.get(path);
  }

  /**
   * The block file at a path, for Python. @param {string} path
   */
  file(path) {
    return this.#files.get(path)?.file;
  }

  /**
   * Make an empty file for an import to write, which `adopt` takes over.
   * @param {string} path
   */
  beginImport(path) {
    const file = new GrowingFile();
    mountBlockFile(this.#system(), path, file);
    this.#written.set(path, file);
  }

  /**
   * Make a block file of one that an import made.
   * @param {string} path
   * @returns {Promise<string>} '' or, where changes are stored that do not fit, a fault as JSON
   */
  async adopt(path) {
    if (this.isEdited(path)) return JSON.stringify(toFault(originalChanged(path)));
    const original = (await this.#written.get(path)?.toBlob()) ?? new Blob([contentOf(this.#system(), path)]);
    this.#written.delete(path);
    await this.#mount(this.#newRecord(path, original.size, await identityOf(original)), original, false);
    return '';
  }

  /**
   * Make a block file of an ordinary one, at once; all of it counts as changed.
   * @param {string} path
   * @param {string | undefined} name of the database, where it is to be there at the next start
   * @param {string | undefined} route
   */
  adoptChanged(path, name, route) {
    const named = { name: name ?? null, route: route ?? null };
    const removed = this.#removed.get(path);
    if (removed && mountedAt(this.#system(), path) === removed.file) {
      // Removed a moment ago, perhaps to be called something else.
      this.#removed.delete(path);
      keepInPlace(this.#system(), path, true);
      this.#files.set(path, { ...removed, record: { ...removed.record, ...named }, isRecordNew: true });
      return;
    }
    const content = contentOf(this.#system(), path);
    const record = { ...this.#newRecord(path, 0, null), ...named };
    const source = new LayeredSource(new Blob(), databaseStore, { segment: this.#segment, path, changed: new Set() });
    const file = new BlockFile(source, { size: 0, cache });
    file.write(content, 0, content.length, 0);
    this.#enter(path, { file, source, record, isStored: false, isOriginalKept: true, isRecordNew: true });
  }

  /**
   * Keep what an import led to, so that no start needs to do it again.
   * @param {string} outcome
   * @param {boolean} isComplete whether every source was there
   */
  async keepImport(outcome, isComplete) {
    this.#unkept = { outcome, isComplete };
    this.#keeping = this.#storeImport(this.#unkept);
    // The next start imports again; an edit before that tries again, and says what is wrong.
    await this.#keeping.catch((error) => console.warn(`This browser did not keep what was imported: ${error}`));
  }

  /** @param {{ outcome: string, isComplete: boolean }} unkept */
  async #storeImport({ outcome, isComplete }) {
    const made = [...this.#files].filter(([path, { isStored }]) => path.startsWith(IMPORTED_FOLDER) && !isStored);
    for (const [path, entry] of made) await this.#keepOriginal(path, entry);
    const imported = { segment: this.#segment, fetchedAt: Date.now(), isComplete, sources: this.sources, outcome };
    await databaseStore.keepImport(this.#ownership.id, imported, made.map(([, { record }]) => record));
    for (const [, entry] of made) entry.isStored = true;
    this.imported = imported;
    this.#isImportStored = true;
  }

  /**
   * Store what was changed in some files, and that others are gone, all or nothing.
   * @param {string} pathList as JSON
   * @returns {Promise<string>} '' when it is on disk, otherwise a fault as JSON
   */
  async commit(pathList) {
    const paths = /** @type {string[]} */ (JSON.parse(pathList));
    let entries = paths.flatMap((path) => this.#files.get(path) ?? []).filter(isChanged);
    const hasRemoved = paths.some((path) => this.#removed.has(path));
    if (!entries.length && !hasRemoved) return '';
    /** @type {[string, PlanFile][]} */
    let removed = [];
    /** @type {FileRecord[]} */
    let records = [];
    /** @type {Iterable<number>[]} */
    let changed = [];
    try {
      // Without the record of the import nobody would know what the changes are to.
      if (entries.some(({ record }) => record.path.startsWith(IMPORTED_FOLDER))) await this.#requireImport();
      for (const entry of entries) await this.#keepOriginal(entry.record.path, entry);
      await databaseStore.commit(this.#segment, this.#ownership.id, () => {
        this.#requireOwner();
        // One may have been removed meanwhile.
        entries = entries.flatMap(({ file, record: { path } }) => (this.#files.get(path)?.file === file ? this.#files.get(path) ?? [] : []));
        if (entries.some(({ record }) => hasTransaction(this.#system(), record.path))) {
          throw new BrowserError('edit-not-saved', { tried: NOT_SAVED, happened: 'a transaction is open in this database' });
        }
        const changes = entries.map(({ file, record }) => ({
          record: { ...record, size: file.size, version: record.version + 1, savedAt: Date.now() },
          blocks: file.takeDirty(),
          blockCount: file.blockCount,
        }));
        records = changes.map(({ record }) => record);
        changed = changes.map(({ blocks }) => [...blocks.keys()]);
        // From now on it is another's path, or nobody's.
        removed = [...this.#removed].filter(([path]) => paths.includes(path));
        for (const [path] of removed) this.#removed.delete(path);
        return { changes, removed: removed.flatMap(([path]) => (this.#files.has(path) ? [] : path)) };
      });
    } catch (error) {
      // Only another engine can store again.
      if (error instanceof NotOwner) this.isSpent = true;
      return JSON.stringify(toFault(notSaved(error)));
    }
    for (const [place, entry] of entries.entries()) {
      entry.record = records[place] ?? entry.record;
      entry.isStored = true;
      entry.isRecordNew = false;
      this.#records.set(entry.record.path, entry.record);
      entry.file.wasStored();
      for (const index of changed[place] ?? []) entry.source.changed.add(index);
      const blockCount = Math.ceil(entry.record.size / BLOCK_BYTES);
      for (const index of entry.source.changed) if (index >= blockCount) entry.source.changed.delete(index);
    }
    for (const [path, { file }] of removed) this.#letGo(path, file);
    return '';
  }

  /**
   * Give up a database that was made in the app, with the next commit of its path.
   * @param {string} path
   */
  remove(path) {
    const entry = this.#files.get(path);
    if (!entry) return;
    this.#files.delete(path);
    keepInPlace(this.#system(), path, false);
    this.#removed.set(path, entry);
  }

  /** Whether a database was made in the app. @param {string} path */
  isMade(path) {
    const record = this.#files.get(path)?.record;
    return Boolean(record && !record.original && record.name !== null);
  }

  /** Paths that connections changed which are none of Datasette's, since this was asked, as JSON. */
  takeStrays() {
    const paths = [...this.#strays];
    this.#strays.clear();
    return JSON.stringify(paths);
  }

  get hasStrays() {
    return this.#strays.size > 0;
  }

  /** Whether anything of the plan was changed in this browser. */
  get hasEdits() {
    return [...this.#records.values()].some(({ version }) => version > 0);
  }

  /** Give up what is not stored. @param {string} path */
  revert(path) {
    const entry = this.#files.get(path);
    // In Datasette it is gone, or there; in storage it is not so.
    const isElsewhere = !entry || (entry.isRecordNew && !entry.file.isSettled);
    // And connections that nobody knows remember what was there.
    if (isElsewhere || this.#strayed.has(path)) this.isSpent = true;
    // What is stored of one whose changes were discarded is that there are none.
    entry?.file.revert(entry.record.size, entry.isStored && entry.record.version > 0);
  }

  /**
   * What is stored of each database, as JSON: `{path: {version, savedAt, bytes}}`.
   */
  facts() {
    return JSON.stringify(
      Object.fromEntries(
        [...this.#files].map(([path, { record, source }]) => [
          path,
          { version: record.version, savedAt: record.savedAt, bytes: source.changed.size * BLOCK_BYTES },
        ]),
      ),
    );
  }

  /** Databases that were made in the app, as JSON: `[{path, name, route}]`. */
  made() {
    return JSON.stringify([...this.#records.values()].filter(({ name, path }) => name !== null && this.#files.has(path)));
  }

  /**
   * A database as it is now.
   * @param {string} path
   * @returns {Promise<Blob | string>} or a fault as JSON
   */
  async snapshot(path) {
    const { file, source } = /** @type {PlanFile} */ (this.#files.get(path));
    try {
      return await source.snapshot(() => {
        if (hasTransaction(this.#system(), path)) throw new DataError('database-busy', { tried: `Could not copy ${fileName(path)}` });
        return { unstored: file.unstored(), size: file.size };
      });
    } catch (error) {
      return JSON.stringify(toFault(error));
    }
  }

  /** The engine has ended: its files are another's from now on. */
  close() {
    for (const { file } of [...this.#files.values(), ...this.#remotes.values(), ...this.#removed.values()]) file.close();
    this.#fs = null;
    this.#ownership.giveUp();
  }

  /**
   * @param {FileRecord} record
   * @param {Blob} original
   * @param {boolean} isStored
   */
  async #mount(record, original, isStored) {
    const { path, size } = record;
    const changed = isStored ? await databaseStore.indexes(this.#segment, path) : new Set();
    const source = new LayeredSource(original, databaseStore, { segment: this.#segment, path, changed });
    const file = new BlockFile(source, { size, cache });
    await (size <= SMALL_BYTES ? file.load() : file.loadFirst(FIRST_BLOCKS));
    return this.#enter(path, { file, source, record, isStored, isOriginalKept: false, isRecordNew: false });
  }

  /** @param {string} path @param {PlanFile} entry */
  #enter(path, entry) {
    mountBlockFile(this.#system(), path, entry.file);
    keepInPlace(this.#system(), path, true);
    entry.file.onStrayWrite = () => this.#noteStray(path);
    this.#files.set(path, entry);
    return entry;
  }

  /** @param {string} path */
  #noteStray(path) {
    this.isUnsaved = true;
    if (this.#strays.has(path)) return;
    this.#strays.add(path);
    this.#strayed.add(path);
    // Now SQLite is at work, and Python waits for it.
    setTimeout(() => this.onStrayWrite());
  }

  /**
   * A database is gone from storage: whoever still has its file open has an ordinary one.
   * @param {string} path
   * @param {BlockFile} file
   */
  #letGo(path, file) {
    const fs = this.#system();
    if (mountedAt(fs, path) === file) {
      const content = file.blocks.size === file.blockCount ? contentOf(fs, path) : null;
      fs.unlink(path);
      if (content) fs.writeFile(path, content, { canOwn: true });
    }
    if (!this.#files.has(path)) this.#records.delete(path);
    file.close();
  }

  /** Have the import that is in memory in storage. */
  async #requireImport() {
    await this.#keeping.catch(() => {});
    if (this.#isImportStored) return;
    if (!this.#unkept) throw new BrowserError('edit-not-saved', { tried: NOT_SAVED, happened: 'a database that was imported with this one is missing', advice: 'Fetch the data again.' });
    await this.#storeImport(this.#unkept);
  }

  /**
   * Changes are worth nothing without what they apply to.
   * @param {string} path
   * @param {PlanFile} entry
   */
  async #keepOriginal(path, entry) {
    this.#requireOwner();
    const { original } = entry.record;
    if (original && !original.fingerprint) {
      const fingerprint = await fingerprintOf(entry.source.original);
      entry.record = { ...entry.record, original: { ...original, fingerprint } };
    }
    if (entry.isOriginalKept) return;
    await keepCopy(this.#originalKey(path), entry.source.original, Date.now() / 1000);
    entry.isOriginalKept = true;
  }

  /**
   * An engine that was followed by another forgets nothing of what that one has: it ends soon.
   * @param {string[]} paths
   * @param {boolean} isImport
   */
  async #forget(paths, isImport) {
    for (const path of paths) this.#records.delete(path);
    if (this.refusal) return;
    try {
      this.#requireOwner();
      await databaseStore.forgetFiles(this.#segment, this.#ownership.id, paths, isImport);
    } catch (error) {
      if (!(error instanceof NotOwner)) throw error;
      console.warn(`Nothing of this plan was forgotten: ${error}`);
    }
  }

  /** @throws {NotOwner} */
  #requireOwner() {
    if (this.refusal) throw new BrowserError('edit-not-saved', { tried: NOT_SAVED, happened: NOT_ALLOWED });
    if (!this.#ownership.isOurs || this.isSpent) throw new NotOwner('the data was opened anew meanwhile');
  }

  /** @param {string} path */
  #originalKey(path) {
    return storeKey(this.#segment, path);
  }

  /** @param {string} path @param {number} size @param {Identity | null} original @returns {FileRecord} */
  #newRecord(path, size, original) {
    return { segment: this.#segment, path, size, original, version: 0, savedAt: 0, name: null, route: null };
  }

  #system() {
    if (!this.#fs) throw new TypeError('the engine has not started');
    return this.#fs;
  }
}

/** @param {FileSystem} fs @param {string} path @returns {Uint8Array<ArrayBuffer>} */
function contentOf(fs, path) {
  return /** @type {Uint8Array<ArrayBuffer>} */ (fs.readFile(path));
}

/** @param {PlanFile} entry */
function isChanged({ file, record, isRecordNew }) {
  return isRecordNew || file.dirty.size > 0 || file.size !== record.size;
}

/** How the journal of a transaction begins: SQLite's file format, 3. */
const JOURNAL_MAGIC = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/**
 * Whether a transaction is open that has begun to write: the file has half of it, and the journal knows the rest.
 * @param {FileSystem} fs
 * @param {string} path
 */
function hasTransaction(fs, path) {
  const journal = `${path}-journal`;
  if (!fs.analyzePath(journal).exists) return false;
  const content = contentOf(fs, journal);
  return JOURNAL_MAGIC.every((byte, place) => content[place] === byte);
}

/**
 * @param {Blob} original
 * @param {Identity} identity
 */
async function isSame(original, { size, head, fingerprint }) {
  const found = await identityOf(original);
  return found.size === size && found.head === head && (!fingerprint || (await fingerprintOf(original)) === fingerprint);
}

/** @param {string} path */
function fileName(path) {
  return path.replace(/^.*\//, '');
}

/** @param {string} path */
function originalChanged(path) {
  return new DataError('original-changed', { tried: `Could not open ${fileName(path)} with your changes` });
}

const NOT_SAVED = 'Could not save this change, so nothing was changed';

const NOT_ALLOWED = 'the browser does not let this site store data, or its storage is full';

/**
 * @param {unknown} cause
 * @param {boolean} isReadable
 * @returns {string} the fault, as JSON
 */
function refusalOf(cause, isReadable) {
  const unsaved = 'Could not open this data for changes, so new ones cannot be saved';
  const fault = new BrowserError('storage-unavailable', {
    tried: isReadable ? unsaved : `${unsaved}, and those that you made before are not shown`,
    happened: NOT_ALLOWED,
    advice: 'Free some space, allow this site to store data (cookies) or leave private mode, then try again.',
    cause,
  });
  return JSON.stringify(toFault(fault));
}

/** @param {unknown} error */
function notSaved(error) {
  if (error instanceof DataError || error instanceof BrowserError) return error;
  if (error instanceof NotOwner) {
    return new BrowserError('edit-not-saved', { tried: NOT_SAVED, happened: error.message, advice: 'Reload and try again.' });
  }
  const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
  return new BrowserError('edit-not-saved', {
    tried: NOT_SAVED,
    happened: isFull ? 'there is no room left for it in this browser' : 'the browser did not store it',
    cause: error,
  });
}
