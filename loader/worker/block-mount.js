/** Puts a block file into the file system of an interpreter. */
import { EAGAIN } from './block-file.js';

/** @typedef {import('./block-file.js').BlockFile} BlockFile */
/**
 * @typedef {Pick<BlockFile, 'size' | 'read'> & Partial<Pick<BlockFile, 'write' | 'truncate'>>} MountedFile
 *   what is only read needs neither `write` nor `truncate`
 */
/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI['FS']} FileSystem */

const EBUSY = 10;
const EROFS = 69;
const ENODEV = 43;

/**
 * Give a path a block file, in place of whatever is there. A connection that has an ordinary file
 * open there has the block file from now on.
 *
 * The node is an ordinary file of Emscripten's memory file system, whose operations on content go
 * to the block file. SQLite needs no more of a file; its journals are ordinary files beside it.
 * @param {FileSystem} FS
 * @param {string} path
 * @param {MountedFile} file
 * @param {{ isWritable?: boolean }} [how]
 */
export function mountBlockFile(FS, path, file, { isWritable = true } = {}) {
  // Another block file's goes on without a name; an ordinary one becomes this.
  if (mountedAt(FS, path)) FS.unlink(path);
  FS.mkdirTree(path.replace(/\/[^/]*$/, '') || '/');
  FS.writeFile(path, new Uint8Array());
  const node = /** @type {any} */ (FS.lookupPath(path, {})).node;
  node.blockFile = file;
  const answering = (/** @type {() => number} */ operation) => {
    try {
      return operation();
    } catch (error) {
      throw error === EAGAIN ? new /** @type {any} */ (FS).ErrnoError(EAGAIN) : error;
    }
  };
  const refused = (/** @type {number} */ errno) => () => {
    throw new /** @type {any} */ (FS).ErrnoError(errno);
  };
  const { stream_ops: streams, node_ops: nodes } = node;
  // What stat tells, and where SEEK_END leads.
  Object.defineProperty(node, 'usedBytes', { get: () => file.size, set: () => {} });
  node.stream_ops = {
    ...streams,
    read: (/** @type {unknown} */ _stream, /** @type {Uint8Array} */ target, /** @type {number} */ offset, /** @type {number} */ length, /** @type {number} */ position) =>
      answering(() => file.read(target, offset, length, position)),
    write: (/** @type {unknown} */ _stream, /** @type {Uint8Array} */ bytes, /** @type {number} */ offset, /** @type {number} */ length, /** @type {number} */ position) =>
      answering(() => (isWritable ? file.write?.(bytes, offset, length, position) : null) ?? refused(EROFS)()),
    mmap: refused(ENODEV),
  };
  for (const stream of /** @type {any} */ (FS).streams) if (stream?.node === node) stream.stream_ops = node.stream_ops;
  node.node_ops = {
    ...nodes,
    setattr: (/** @type {unknown} */ each, /** @type {{ size?: number }} */ { size, ...others }) => {
      if (size !== undefined && size !== null) {
        if (!isWritable || !file.truncate) refused(EROFS)();
        answering(() => (file.truncate?.(size), 0));
      }
      nodes.setattr(each, others);
    },
  };
}

/**
 * Keep a mounted file where it is, or let it go: while it is kept, nobody renames or removes it, nor
 * puts another in its place. Its content may change as ever.
 *
 * Connections would go on with the file that was there, as on any system, and what they write would be lost.
 * @param {FileSystem} FS
 * @param {string} path
 * @param {boolean} isKept
 */
export function keepInPlace(FS, path, isKept) {
  const { node } = /** @type {any} */ (FS.lookupPath(path, {}));
  node.isKeptInPlace = isKept;
  const folders = node.parent.node_ops;
  if (folders.keepsInPlace) return;
  // One object for all folders of this file system.
  const { rename, unlink } = folders;
  const requireFree = (/** @type {any} */ each) => {
    if (each?.isKeptInPlace) throw new /** @type {any} */ (FS).ErrnoError(EBUSY);
  };
  folders.keepsInPlace = true;
  folders.rename = (/** @type {any} */ each, /** @type {any} */ folder, /** @type {string} */ name) => {
    requireFree(each);
    requireFree(folder.contents[name]);
    rename(each, folder, name);
  };
  folders.unlink = (/** @type {any} */ folder, /** @type {string} */ name) => {
    requireFree(folder.contents[name]);
    unlink(folder, name);
  };
}

/**
 * The block file at a path.
 * @param {FileSystem} FS
 * @param {string} path
 * @returns {BlockFile | undefined} undefined where there is an ordinary file, or none
 */
export function mountedAt(FS, path) {
  const { exists, object } = /** @type {any} */ (FS.analyzePath(path));
  return exists ? object.blockFile : undefined;
}
