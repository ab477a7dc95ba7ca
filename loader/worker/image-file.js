/**
 * The file of a memory image, copied into memory while it arrives.
 *
 * It holds the length of the facts (4 bytes, little endian), the facts (JSON), then the contents of
 * the facts' `runs`, one after another.
 *
 * Used in the service worker and, when an image is made, under Node: imports nothing.
 */

/** @typedef {[start: number, length: number]} Run a piece of memory, in bytes; both are multiples of 4 */
/**
 * @typedef {{
 *   madeFrom: string[],
 *   env: { [name: string]: string },
 *   head: string,
 *   memoryLength: number,
 *   kept: Run[],
 *   keptSum: number,
 *   runs: Run[],
 * }} ImageFacts
 *   madeFrom: SHA-256 of the files it was made from;
 *   env: the environment that Python was started with;
 *   head: what Pyodide wants to know of a snapshot, Base64;
 *   kept: memory that is as in an interpreter that has not started, and `keptSum` its checksum;
 *   runs: memory that is in the file. All the rest is zero.
 */

export class ImageFile {
  /** @type {Uint8Array[]} arrived, not yet in memory */
  #waiting = [];
  /** @type {RunWriter | null} */
  #writer = null;
  #arriving;

  /** @type {Promise<ImageFacts>} */
  facts;

  /** @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream the file, inflated */
  constructor(stream) {
    const reader = stream.getReader();
    this.facts = this.#readFacts(reader);
    this.#arriving = this.facts.then(() => this.#readRuns(reader));
    this.#arriving.catch(() => {}); // Told to whoever waits for the facts or copies.
  }

  /**
   * Copy what has arrived into memory, then the rest as it comes.
   * @param {Uint8Array} memory
   * @throws {RangeError} when the file is not as long as its facts say
   */
  async copyInto(memory) {
    const writer = new RunWriter(memory, (await this.facts).runs);
    for (const bytes of this.#waiting.splice(0)) writer.write(bytes);
    this.#writer = writer;
    await this.#arriving;
    writer.finish();
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader */
  async #readFacts(reader) {
    let bytes = new Uint8Array();
    for (;;) {
      const end = bytes.length < 4 ? Infinity : 4 + new DataView(bytes.buffer).getUint32(0, true);
      if (bytes.length >= end) {
        this.#waiting.push(bytes.subarray(end));
        return /** @type {ImageFacts} */ (JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))));
      }
      const { done, value } = await reader.read();
      if (done) throw new RangeError('the image ends within its facts');
      bytes = joined(bytes, value);
    }
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader */
  async #readRuns(reader) {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (this.#writer) this.#writer.write(value);
      else this.#waiting.push(value);
    }
  }
}

/**
 * A checksum of pieces of memory: FNV-1a, over words.
 * @param {Uint8Array<ArrayBuffer>} memory
 * @param {readonly Run[]} runs
 */
export function checksum(memory, runs) {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 2);
  let sum = 0x811c9dc5;
  for (const [start, length] of runs) {
    const end = (start + length) >>> 2;
    for (let index = start >>> 2; index < end; index++) sum = Math.imul(sum ^ (words[index] ?? 0), 0x01000193);
  }
  return sum >>> 0;
}

/** Spreads what comes in sequence over runs of memory. */
class RunWriter {
  #memory;
  #runs;
  #run = 0;
  #offset = 0;

  /**
   * @param {Uint8Array} memory
   * @param {readonly Run[]} runs
   */
  constructor(memory, runs) {
    this.#memory = memory;
    this.#runs = runs;
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    for (let done = 0; done < bytes.length; ) {
      const [start, length] = this.#runs[this.#run] ?? tooLong();
      const count = Math.min(length - this.#offset, bytes.length - done);
      this.#memory.set(bytes.subarray(done, done + count), start + this.#offset);
      done += count;
      this.#offset += count;
      if (this.#offset === length) [this.#run, this.#offset] = [this.#run + 1, 0];
    }
  }

  finish() {
    if (this.#run < this.#runs.length) throw new RangeError('the image is shorter than its facts say');
  }
}

/** @returns {never} */
function tooLong() {
  throw new RangeError('the image is longer than its facts say');
}

/**
 * @param {Uint8Array} first
 * @param {Uint8Array} second
 */
function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
