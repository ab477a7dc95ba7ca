/** Undoing the compression of this release's files: gzip by the browser, Zstandard by a library. */
import { ZSTDDecoder } from '../../vendor/npm/zstddec/zstddec-stream.mjs';

/** Bytes given to the decoder at once: it copies them. */
const INPUT_BYTES = 256 * 1024;

/** Bytes collected for one chunk of the stream: a hop for each block of the decoder takes longer. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The body of an answer, inflated.
 * @param {Response} answer
 * @param {string} format 'gzip' or 'zstd'
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>} fails where the body is damaged
 */
export function inflatedBody(answer, format) {
  if (format === 'zstd') return zstandardBody(answer);
  return (answer.body ?? new Blob().stream()).pipeThrough(new DecompressionStream('gzip'));
}

/** @param {Response} answer @returns {ReadableStream<Uint8Array<ArrayBuffer>>} */
function zstandardBody(answer) {
  const decoder = new ZSTDDecoder();
  /** @type {Generator<Uint8Array>} */
  let blocks;
  return new ReadableStream(
    {
      async start() {
        const [buffer] = await Promise.all([answer.arrayBuffer(), decoder.init()]);
        blocks = decoder.decodeStreaming(pieces(new Uint8Array(buffer)));
      },
      pull(controller) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        let used = 0;
        // The decoder's blocks are at most 128 KB long.
        while (used <= CHUNK_BYTES - 128 * 1024) {
          const { done, value } = blocks.next();
          if (done) {
            if (used) controller.enqueue(chunk.subarray(0, used));
            return controller.close();
          }
          chunk.set(value, used);
          used += value.length;
        }
        controller.enqueue(chunk.subarray(0, used));
      },
      cancel() {
        blocks?.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

/** @param {Uint8Array} bytes */
function* pieces(bytes) {
  for (let start = 0; start < bytes.length; start += INPUT_BYTES) yield bytes.subarray(start, start + INPUT_BYTES);
}
