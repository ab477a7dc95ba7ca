/**
 * Packs: many small files in one, made by `scripts/` from Python wheels.
 *
 * The length of the index (4 bytes, little endian), the index (JSON, `[[path, bytes], …]`),
 * then the files one after another. Unpacking is a matter of slicing, several times faster than
 * unzipping wheels in Python.
 */

/** @typedef {{ index: [path: string, size: number][], data: Uint8Array<ArrayBuffer> }} Pack */

/**
 * @param {Response} answer the content of a `.pack.gz`
 * @returns {Promise<Pack>}
 */
export async function readPack(answer) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const indexLength = new DataView(bytes.buffer).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + indexLength)));
  return { index, data: bytes.subarray(4 + indexLength) };
}

/**
 * Write a pack's files below a directory of an Emscripten file system. The files share the pack's
 * memory (`canOwn`): nothing is copied.
 * @param {{ mkdirTree(path: string): void, writeFile(path: string, data: Uint8Array, options: { canOwn: boolean }): void }} FS
 * @param {string} directory
 * @param {Pack} pack
 * @param {((path: string) => boolean) | null} [leftOut] files that are not written
 */
export function unpack(FS, directory, { index, data }, leftOut = null) {
  let offset = 0;
  let madeLast = '';
  for (const [path, size] of index) {
    offset += size;
    if (leftOut?.(path)) continue;
    const folder = `${directory}/${path}`.replace(/\/[^/]*$/, '');
    if (folder !== madeLast) FS.mkdirTree(folder);
    madeLast = folder;
    FS.writeFile(`${directory}/${path}`, data.subarray(offset - size, offset), { canOwn: true });
  }
}
