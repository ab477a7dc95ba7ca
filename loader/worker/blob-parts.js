/** A Blob made little by little, so that its bytes leave this memory while more of them come. */

/**
 * Bytes in a part. Browsers keep a Blob outside of the worker's memory, a large one on disk; one that is
 * made at once of all its bytes needs them twice for a moment.
 */
const PART_BYTES = 4 * 1024 * 1024;

export class BlobParts {
  /** @type {Blob[]} */
  #parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #chunks = [];
  #chunkBytes = 0;

  /**
   * Resolves when there is room for more.
   * @param {Uint8Array<ArrayBuffer>} chunk not to be changed after this
   */
  async add(chunk) {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    if (this.#chunkBytes >= PART_BYTES) await this.#leave();
  }

  /** All that was added. */
  async blob() {
    if (this.#chunks.length) await this.#leave();
    return new Blob(this.#parts);
  }

  async #leave() {
    const part = new Blob(this.#chunks);
    this.#parts.push(part);
    this.#chunks = [];
    this.#chunkBytes = 0;
    // A Blob can be read when its bytes have arrived where it is kept.
    await part.slice(0, 1).arrayBuffer();
  }
}
