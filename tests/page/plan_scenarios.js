/** What test_plan_files.py has run in a page: a plan's databases, with the real IndexedDB. */

/** As much of Emscripten's file system as block files need: one folder of files. */
class OneFolder {
  streams = [];
  #files = new Map();
  #folder = {
    node_ops: {
      rename: () => {},
      unlink: (/** @type {unknown} */ _folder, /** @type {string} */ name) => this.#files.delete(name),
    },
    contents: {},
  };

  mkdirTree() {}

  /** @param {string} path @param {Uint8Array<ArrayBuffer>} content */
  writeFile(path, content) {
    this.#files.set(nameIn(path), { content, parent: this.#folder, stream_ops: {}, node_ops: { setattr: () => {} } });
  }

  /** @param {string} path */
  readFile(path) {
    const { blockFile, content } = this.#files.get(nameIn(path));
    if (!blockFile) return content;
    const bytes = new Uint8Array(blockFile.size);
    blockFile.read(bytes, 0, bytes.length, 0);
    return bytes;
  }

  /** @param {string} path */
  lookupPath(path) {
    return { node: this.#files.get(nameIn(path)) };
  }

  /** @param {string} path */
  analyzePath(path) {
    const object = this.#files.get(nameIn(path));
    return { exists: Boolean(object), object };
  }

  /** @param {string} path */
  unlink(path) {
    this.#folder.node_ops.unlink(this.#folder, nameIn(path));
  }
}

/** @param {string} path */
function nameIn(path) {
  return path.replace(/^.*\//, '');
}

/** A plan that nobody else has, with a database that was made in it. */
async function planWithDatabase() {
  Object.assign(self, { registration: { scope: `${location.origin}/` } });
  const { openPlanFiles, databaseStore } = await import('../../loader/worker/plan-files.js');
  const [segment, path] = [crypto.randomUUID(), '/made/made.db'];
  const files = await openPlanFiles(segment);
  const fs = new OneFolder();
  files.useFileSystem(/** @type {any} */ (fs));
  fs.writeFile(path, new Uint8Array(40_000).fill(1));
  files.adoptChanged(path, 'made', undefined);
  const commit = async () => (await files.commit(JSON.stringify([path]))) && 'refused';
  const stored = async () => {
    const { files: records } = await databaseStore.plan(segment);
    return [records.length, (await databaseStore.indexes(segment, path)).size];
  };
  const write = () => {
    const file = files.file(path);
    file?.beginWrite();
    file?.write(new Uint8Array([2]), 0, 1, 0);
    file?.endWrite();
  };
  return { files, path, commit, stored, write };
}

/** A database is removed while a change of it is on its way to storage. */
export async function removeWhileStoring() {
  const { files, path, commit, stored, write } = await planWithDatabase();
  const seen = [await commit(), await stored()];
  write();
  const storing = commit();
  files.remove(path);
  seen.push(await storing, await commit(), await stored());
  files.close();
  return seen;
}

/** The same, and then it is called something else. */
export async function renameWhileStoring() {
  const { files, path, commit, stored, write } = await planWithDatabase();
  await commit();
  write();
  const storing = commit();
  files.remove(path);
  files.adoptChanged(path, 'renamed', undefined);
  const seen = [await storing, await commit(), await stored(), JSON.parse(files.made())[0].name];
  files.close();
  return seen;
}
