/**
 * Which blocks to fetch for those that are missing: more each time that a file is read on, in
 * either direction, and one at a time where it is read here and there.
 */

/** @typedef {[first: number, last: number]} BlockRun */
/** @typedef {{ low: number, high: number, window: number, isBackward: boolean }} Stream blocks seen so far: low to high - 1 */

/** A query reads a few b-trees at a time, each a stream or two. */
const MOST_STREAMS = 64;

/** Requests that a browser makes of one host at the same time over HTTP/1.1: more of them wait. */
const AT_ONCE = 6;

export class ReadAhead {
  /** @type {Stream[]} the latest first */
  #streams = [];
  #mostBlocks;
  #mostGap;

  /**
   * @param {number} mostBlocks the longest run that is worth fetching at once
   * @param {number} [mostGap] blocks that nobody asked for, to fetch rather than wait for one run more
   */
  constructor(mostBlocks, mostGap = 0) {
    this.#mostBlocks = mostBlocks;
    this.#mostGap = mostGap;
  }

  /**
   * @param {Iterable<number>} missing
   * @param {number} blockCount of the file
   * @param {(index: number) => boolean} isHere
   * @param {number} [window] blocks to fetch where nothing was read before
   * @returns {BlockRun[]} in order; they do not overlap
   */
  plan(missing, blockCount, isHere, window = 1) {
    /** @type {Set<number>} */
    const wanted = new Set();
    for (const index of [...missing].sort((a, b) => a - b)) {
      if (wanted.has(index)) continue;
      const [first, last] = this.#runFrom(index, blockCount, Math.min(window, this.#mostBlocks));
      for (let each = first; each <= last; each++) if (!isHere(each)) wanted.add(each);
    }
    const runs = runsOf([...wanted].sort((a, b) => a - b), this.#mostBlocks);
    return runs.length > AT_ONCE ? this.#joined(runs, isHere) : runs;
  }

  /**
   * Runs of which many would wait for each other: those that nearly touch become one.
   * @param {BlockRun[]} runs in order
   * @param {(index: number) => boolean} isHere
   */
  #joined(runs, isHere) {
    /** @type {BlockRun[]} */
    const joined = [];
    for (const [first, last] of runs) {
      const run = joined.at(-1);
      const gap = run ? Array.from({ length: first - run[1] - 1 }, (_, place) => run[1] + 1 + place) : [];
      const fits = run && gap.length <= this.#mostGap && last - run[0] < this.#mostBlocks && !gap.some(isHere);
      if (fits) run[1] = last;
      else joined.push([first, last]);
    }
    return joined;
  }

  /**
   * What will be missing after a block, where that was read from end to end for a while.
   * @param {number} index
   * @param {number} blockCount of the file
   * @param {(index: number) => boolean} isHere
   * @returns {BlockRun[]}
   */
  next(index, blockCount, isHere) {
    const stream = this.#streams.find(({ low, high }) => low <= index && index < high);
    const step = Math.ceil(this.#mostBlocks / 2);
    if (!stream || stream.isBackward || stream.window < step) return [];
    // Two steps beyond the one that the block is in: while one arrives, the other is already asked for.
    const first = stream.high;
    stream.high = Math.min(blockCount, Math.max(first, index + 3 * step));
    const wanted = Array.from({ length: stream.high - first }, (_, place) => first + place).filter((each) => !isHere(each));
    return runsOf(wanted, step);
  }

  /**
   * @param {number} index
   * @param {number} blockCount
   * @param {number} window
   * @returns {BlockRun}
   */
  #runFrom(index, blockCount, window) {
    const forward = this.#take(({ high }) => index >= high - 1 && index <= high + 2);
    // Search indexes and reused pages are often read backwards.
    const backward = forward ? undefined : this.#take(({ low }) => index < low && index >= low - 3);
    const known = forward ?? backward;
    const stream = known ?? { low: index, high: index, window, isBackward: false };
    if (known) stream.window = Math.min(this.#mostBlocks, Math.max(window, known.window * 2));
    this.#streams.unshift(stream);
    this.#streams.length = Math.min(this.#streams.length, MOST_STREAMS);
    stream.isBackward = Boolean(backward);
    if (backward) {
      stream.low = Math.max(0, index - stream.window + 1);
      return [stream.low, index];
    }
    stream.high = Math.min(blockCount, index + stream.window);
    return [index, stream.high - 1];
  }

  /** @param {(stream: Stream) => boolean} fits */
  #take(fits) {
    const place = this.#streams.findIndex(fits);
    return place < 0 ? undefined : this.#streams.splice(place, 1)[0];
  }
}

/** @param {number[]} indexes in order @param {number} mostBlocks @returns {BlockRun[]} */
function runsOf(indexes, mostBlocks) {
  /** @type {BlockRun[]} */
  const runs = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run && index === run[1] + 1 && index - run[0] < mostBlocks) run[1] = index;
    else runs.push([index, index]);
  }
  return runs;
}
