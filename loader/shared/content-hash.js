/**
 * A file's content in 64 hexadecimal digits: what tells it from every other file of its name.
 *
 * Browsers hash only what is in memory as a whole. So a file of at most one piece gets its plain
 * SHA-256, as `sha256sum` prints it, and a larger one the SHA-256 of its pieces' SHA-256s, one after
 * the other. Links hold these digits: PIECE may never change.
 */

const PIECE = 64 * 1024 * 1024;

/**
 * @param {Blob} file
 * @param {{ signal?: AbortSignal, onBytes?: (done: number) => void, piece?: number }} [how]
 * @returns {Promise<string>}
 * @throws {DOMException} NotReadableError or NotFoundError for a folder, or a file that changed meanwhile
 */
export async function contentHash(file, { signal, onBytes = () => {}, piece = PIECE } = {}) {
  if (file.size <= piece) return hex(await digest(file));
  const digests = new Uint8Array(32 * Math.ceil(file.size / piece));
  for (let start = 0; start < file.size; start += piece) {
    onBytes(start);
    digests.set(await digest(file.slice(start, start + piece)), 32 * (start / piece));
    signal?.throwIfAborted();
  }
  onBytes(file.size);
  return hex(await digest(new Blob([digests])));
}

/** @param {Blob} blob */
async function digest(blob) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
