/** A file that an import writes: in pieces, so that it grows without being copied. */
import { BlobParts } from './blob-parts.js';

/** Emscripten's own files are one array, of which there are two whenever it has to grow. */
const PIECE_BYTES = 1024 * 1024;

export class GrowingFile {
  size = 0;
  #pieceBytes;
  /** What is beyond the size is zero. @type {Uint8Array<ArrayBuffer>[]} */
  #pieces = [];

  /** @param {number} [pieceBytes] */
  constructor(pieceBytes = PIECE_BYTES) {
    this.#pieceBytes = pieceBytes;
  }

  /**
   * @param {Uint8Array} target
   * @param {number} offset in the target
   * @param {number} length
   * @param {number} position in the file
   * @returns {number} bytes read: fewer at the file's end
   */
  read(target, offset, length, position) {
    const end = Math.min(position + length, this.size);
    for (const { piece, from, count, at } of this.#spans(position, end)) {
      target.set(piece.subarray(from, from + count), offset + at - position);
    }
    return Math.max(0, end - position);
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} offset in the bytes
   * @param {number} length
   * @param {number} position in the file
   * @returns {number} bytes written
   */
  write(bytes, offset, length, position) {
    const end = position + length;
    if (end > this.size) this.truncate(end);
    for (const { piece, from, count, at } of this.#spans(position, end)) {
      const start = offset + at - position;
      piece.set(bytes.subarray(start, start + count), from);
    }
    return length;
  }

  /** Make the file shorter or, with zeros, longer. @param {number} size */
  truncate(size) {
    const count = Math.ceil(size / this.#pieceBytes);
    while (this.#pieces.length < count) this.#pieces.push(new Uint8Array(this.#pieceBytes));
    this.#pieces.length = count;
    if (size < this.size) this.#pieces.at(-1)?.fill(0, size - (count - 1) * this.#pieceBytes);
    this.size = size;
  }

  /** Take all of it out of this memory: the file is empty then. */
  async toBlob() {
    const parts = new BlobParts();
    let rest = this.size;
    this.size = 0;
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) {
      await parts.add(piece.subarray(0, Math.min(rest, piece.length)));
      rest -= piece.length;
    }
    return parts.blob();
  }

  /**
   * What is between two positions, piece by piece.
   * @param {number} start
   * @param {number} end
   */
  *#spans(start, end) {
    for (let at = start; at < end; ) {
      const index = Math.floor(at / this.#pieceBytes);
      const from = at - index * this.#pieceBytes;
      const count = Math.min(this.#pieceBytes - from, end - at);
      yield { piece: /** @type {Uint8Array<ArrayBuffer>} */ (this.#pieces[index]), from, count, at };
      at += count;
    }
  }
}
