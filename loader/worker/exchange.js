/**
 * One request on its way through Python: the transport that `datasette_lite.bridge` drives.
 *
 * Python calls `receive` for the request's body, then either `respond` with a whole answer, or
 * `start`, `write` and `end` for a stream. Bytes cross once each way.
 */
import { applicationHeaders } from './request-headers.js';
import { cutRange } from './byte-range.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {[name: string, value: string][]} HeaderPairs */

/** Statuses whose answers have no body (Fetch, "null body status"). */
const BODILESS = new Set([204, 205, 304]);

export class Exchange {
  /** @type {ReadableStreamDefaultController<Uint8Array> | null} */
  #stream = null;
  /** @type {ReadableStreamDefaultReader<Uint8Array> | null} */
  #body = null;
  #wanted = Promise.withResolvers();
  #gone = Promise.withResolvers();
  /** @type {PromiseWithResolvers<Response>} */
  #answer = Promise.withResolvers();

  /**
   * @param {Request} request
   * @param {string} prefix path of the plan, with both slashes
   */
  constructor(request, prefix) {
    const url = new URL(request.url);
    this.request = request;
    this.method = request.method;
    this.scheme = url.protocol.slice(0, -1);
    this.rootPath = prefix.slice(0, -1);
    this.rawPath = url.pathname.slice(this.rootPath.length);
    this.queryString = url.search.slice(1);
    this.headers = applicationHeaders(request);
    this.clientGone = false;
    /** Becomes the answer for the page. */
    this.answer = this.#answer.promise;
    request.signal.addEventListener('abort', () => this.#leave());
  }

  /** Next piece of the request's body; at its end undefined, which is Python's None (null is not). @returns {Promise<Uint8Array | undefined>} */
  async receive() {
    this.#body ??= await bodyReader(this.request);
    if (!this.#body) return undefined;
    const { done, value } = await this.#body.read();
    return done ? undefined : value;
  }

  /** Resolves when the reader has gone away, or has the whole answer. */
  async waitGone() {
    await this.#gone.promise;
  }

  /**
   * A whole answer.
   * @param {number} status
   * @param {HeaderPairs} pairs
   * @param {Uint8Array<ArrayBuffer>} body
   */
  respond(status, pairs, body) {
    const headers = headersOf(pairs);
    const part = cutRange(this.request, { status, headers, body });
    const hasBody = !BODILESS.has(part.status) && this.method !== 'HEAD';
    this.#gone.resolve(undefined);
    this.#answer.resolve(new Response(hasBody ? part.body : null, { status: part.status, headers: part.headers }));
  }

  /**
   * The start of a streamed answer.
   * @param {number} status
   * @param {HeaderPairs} pairs
   */
  start(status, pairs) {
    const stream = new ReadableStream({
      start: (controller) => void (this.#stream = controller),
      pull: () => this.#wanted.resolve(undefined),
      cancel: () => this.#leave(),
    });
    this.#answer.resolve(new Response(stream, { status, headers: headersOf(pairs) }));
  }

  /**
   * The next piece of a streamed answer. Resolves when the reader wants more: true, or false when
   * nobody reads any longer.
   * @param {Uint8Array} chunk
   * @returns {Promise<boolean>}
   */
  async write(chunk) {
    if (this.clientGone) return false;
    this.#stream?.enqueue(chunk);
    while (!this.clientGone && (this.#stream?.desiredSize ?? 1) <= 0) {
      this.#wanted = Promise.withResolvers();
      await Promise.race([this.#wanted.promise, this.#gone.promise]);
    }
    return !this.clientGone;
  }

  /** The end of a streamed answer. */
  end() {
    if (!this.clientGone) this.#stream?.close();
    this.#gone.resolve(undefined);
  }

  /**
   * The application failed in the middle of a streamed answer: the reader must not take what
   * arrived for the whole. @param {string} reason
   */
  fail(reason) {
    if (!this.clientGone) this.#stream?.error(new Error(reason));
    this.#gone.resolve(undefined);
  }

  #leave() {
    this.clientGone = true;
    this.#gone.resolve(undefined);
    this.#answer.reject(new DOMException('The page went away before the answer.', 'AbortError'));
    void this.#body?.cancel().catch(() => {});
  }
}

/** @param {HeaderPairs} pairs A Headers object keeps repeated ones, where an object literal would not. */
function headersOf(pairs) {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.append(name, value);
  return headers;
}

/**
 * Firefox has no `Request.body`; a Blob keeps an upload out of memory there.
 * @param {Request} request
 * @returns {Promise<ReadableStreamDefaultReader<Uint8Array> | null>}
 */
async function bodyReader(request) {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const body = request.body === undefined ? (await request.blob()).stream() : request.body;
  return body ? body.getReader() : null;
}
