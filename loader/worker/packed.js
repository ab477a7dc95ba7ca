/** Whether a file is a zip archive, perhaps one that was packed once more. */

const ZIP = [0x50, 0x4b];
const GZIP = [0x1f, 0x8b];

/** A gzip in a gzip happens; `datasette_lite.importers.unpacking` looks no deeper, either. */
const MOST_LAYERS = 3;

/** Enough for the first bytes of what is packed to come out. */
const HEAD_BYTES = 64 * 1024;

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<boolean>}
 */
export async function isArchive(bytes) {
  let head = bytes.subarray(0, HEAD_BYTES);
  for (let layer = 0; layer < MOST_LAYERS && begins(head, GZIP); layer += 1) head = await inflatedHead(head);
  return begins(head, ZIP);
}

/** @param {Uint8Array} bytes @param {number[]} magic */
function begins(bytes, magic) {
  return magic.every((byte, place) => bytes[place] === byte);
}

/** What comes out first, nothing of a damaged file. @param {Uint8Array<ArrayBuffer>} packed @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function inflatedHead(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    const { value } = await reader.read();
    return value ?? new Uint8Array();
  } catch {
    return new Uint8Array();
  } finally {
    reader.cancel().catch(() => {});
  }
}
