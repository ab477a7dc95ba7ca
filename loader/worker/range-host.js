/**
 * A file at its host, asked for in parts: HTTP range requests (RFC 9110, 14).
 *
 * A single range needs no permission of CORS; a condition such as `If-Range` would. So every part
 * tells by its validators, as far as the host shows them, whether it is of the same file as the
 * ones before. No HEAD: some hosts refuse it, and others answer it for a compressed file.
 */
import { DownloadError } from '../shared/faults.js';
import { SQLITE_MAGIC } from '../shared/file-heads.js';
import { assetUrl, releaseAssetLookup } from '../shared/release-asset.js';
import { refusedDownload } from './refused-download.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {{ size: number, etag: string | null, modified: string | null, isSettled?: boolean, head: string }} RemoteIdentity
 *   what a file is known by: `head` is its SQLite header as hex, which counts the changes; isSettled: no
 *   other version has the date `modified`
 */

/** The header of a SQLite file. */
const HEADER_BYTES = 100;

/** A file that was changed later than that may be changed again in the same second: RFC 9110, 8.8.2.2. */
const SETTLED_MS = 60_000;

/** A part that sends nothing for so long is asked for again. */
const SILENCE_MS = 30_000;

/** Tries of one part, and the wait before the second, which doubles. */
const TRIES = 4;
const WAIT_MS = 250;

/** A link that expires so soon is not used again. */
const SHORT_MS = 30_000;

/** The host does not hand out parts of this file. */
export class NoRanges extends Error {
  name = 'NoRanges';
}

/** The host has another file by now. */
export class RemoteChanged extends Error {
  name = 'RemoteChanged';
}

/** The host may well answer a moment later. */
class RefusedForNow extends Error {
  name = 'RefusedForNow';

  /** @param {DownloadError} refused what to say if it does not */
  constructor(refused) {
    super(refused.message);
    this.refused = refused;
  }
}

export class RangeHost {
  #name;
  /** Where the address led: a wait less for each part, as long as it is good. */
  #address;
  /** Links that are good for a moment only are not worth it. */
  #followsAgain = false;
  #followedAt = 0;
  /** Of a file that belongs to a GitHub release. */
  #asset;
  /** Of such a file, where it is just now. @type {Promise<string> | null} */
  #locating = null;
  requests = 0;
  bytes = 0;

  /**
   * @param {string} url
   * @param {string} name for messages
   * @param {RemoteIdentity} identity
   */
  constructor(url, name, identity) {
    this.url = url;
    this.#address = url;
    this.identity = identity;
    this.#name = name;
    this.#asset = releaseAssetLookup(url);
  }

  /**
   * Ask for the first bytes of a file, which say what it is.
   * @param {string} url
   * @param {string} name for messages
   * @param {number} count
   * @returns {Promise<{ host: RangeHost, first: Bytes }>}
   * @throws {NoRanges}
   * @throws {DownloadError} download-unreachable; and as `refusedDownload`
   */
  static async open(url, name, count) {
    const host = new RangeHost(url, name, { size: 0, etag: null, modified: null, head: '' });
    const { answer, bytes } = await host.#ask(0, count);
    const size = totalOf(answer) ?? sizeInHeader(bytes);
    if (!size || size < bytes.length) throw new NoRanges('its size cannot be told');
    const modified = answer.headers.get('last-modified');
    host.identity = {
      size,
      etag: answer.headers.get('etag'),
      modified,
      isSettled: isSettled(modified),
      head: hex(bytes.subarray(0, HEADER_BYTES)),
    };
    return { host, first: bytes };
  }

  /**
   * @param {number} start
   * @param {number} end exclusive
   * @returns {Promise<Bytes>}
   * @throws {RemoteChanged}
   * @throws {DownloadError} download-unreachable; and as `refusedDownload`
   */
  async read(start, end) {
    const { answer, bytes } = await this.#ask(start, end);
    this.#requireSame(answer);
    if (start === 0) this.#requireSameHeader(bytes);
    return bytes;
  }

  /** Whether each part tells of which file it is. */
  get showsVersion() {
    const { etag, modified, isSettled } = this.identity;
    return Boolean(etag || (modified && isSettled));
  }

  /**
   * Where parts do not tell, the header that is there after them does: it counts the changes.
   * @throws {RemoteChanged}
   * @throws {DownloadError} download-unreachable; and as `refusedDownload`
   */
  async requireUnchanged() {
    const { answer, bytes } = await this.#ask(0, HEADER_BYTES);
    this.#requireSame(answer);
    this.#requireSameHeader(bytes);
  }

  /** @param {Response} answer */
  #requireSame(answer) {
    const { size, etag, modified } = this.identity;
    const total = totalOf(answer);
    const isOther =
      (etag && answer.headers.get('etag') !== etag) ||
      (!etag && modified && answer.headers.get('last-modified') !== modified) ||
      (total !== null && total !== size);
    if (isOther) throw new RemoteChanged(`${this.#name} was replaced at its host`);
  }

  /** @param {Bytes} bytes */
  #requireSameHeader(bytes) {
    if (hex(bytes.subarray(0, HEADER_BYTES)) !== this.identity.head) throw new RemoteChanged(`${this.#name} was replaced at its host`);
  }

  /**
   * @param {number} start
   * @param {number} end
   * @returns {Promise<{ answer: Response, bytes: Bytes }>}
   */
  async #ask(start, end) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryOnce(start, end);
      } catch (error) {
        const isFinal = error instanceof NoRanges || error instanceof RemoteChanged || error instanceof DownloadError;
        if (isFinal) throw error;
        if (tries === TRIES && error instanceof RefusedForNow) throw error.refused;
        if (tries === TRIES || !navigator.onLine) {
          throw new DownloadError('download-unreachable', {
            tried: `Could not read more of ${this.#name}`,
            happened: navigator.onLine ? `${new URL(this.url).host} did not answer` : 'this device is offline, and this part of it was not fetched before',
            advice: 'Check your connection and try again.',
            cause: error,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (tries - 1)));
      }
    }
  }

  /**
   * @param {string} address
   * @param {RequestInit} how
   * @returns {Promise<Response>}
   */
  async #fetch(address, how) {
    if (address === this.url) return fetch(this.#asset ? await this.#located() : address, how);
    const answer = await fetch(address, how).catch(() => null);
    if (answer && (answer.ok || answer.status === 416)) return answer;
    // It has expired.
    this.#followsAgain = !this.#asset && performance.now() - this.#followedAt < SHORT_MS;
    if (this.#address === address) this.#address = this.url;
    this.requests += 1;
    return this.#fetch(this.#asset ? this.#address : this.url, how);
  }

  /** Where a release's file is. Its API counts who asks: parts that are wanted at the same time ask once. */
  #located() {
    this.#locating ??= this.#locate().finally(() => (this.#locating = null));
    return this.#locating;
  }

  async #locate() {
    const { api, name } = /** @type {NonNullable<ReturnType<typeof releaseAssetLookup>>} */ (this.#asset);
    const abort = new AbortController();
    const ask = async (/** @type {string} */ url, /** @type {Record<string, string>} */ headers) => {
      this.requests += 1;
      const answer = await fetch(url, { headers, cache: 'no-store', signal: AbortSignal.any([abort.signal, AbortSignal.timeout(SILENCE_MS)]) });
      if (!answer.ok) throw refusedDownload(answer, this.#name, url);
      return answer;
    };
    try {
      const asset = assetUrl(await (await ask(api, {})).json(), name);
      if (!asset) throw new NoRanges('the release has no such file');
      const { url } = await ask(asset, { accept: 'application/octet-stream', range: 'bytes=0-0' });
      return (this.#address = url);
    } finally {
      abort.abort();
    }
  }

  /** @param {number} start @param {number} end */
  async #tryOnce(start, end) {
    const abort = new AbortController();
    let silence = setTimeout(() => abort.abort(), SILENCE_MS);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(), SILENCE_MS);
    };
    try {
      this.requests += 1;
      // no-store: Chromium takes parts of one address one after another through its cache.
      const headers = { range: `bytes=${start}-${end - 1}` };
      const address = this.#followsAgain ? this.url : this.#address;
      const answer = await this.#fetch(address, { headers, cache: 'no-store', signal: abort.signal });
      if (answer.status === 206) {
        if (address === this.url && answer.redirected) {
          this.#address = answer.url;
          this.#followedAt = performance.now();
        }
        const bytes = await bodyOf(answer, end - start, heard);
        this.bytes += bytes.length;
        // The last part may be shorter only when it is asked for before the size is known.
        const isWhole = bytes.length === end - start || (!this.identity.size && bytes.length > 0 && bytes.length < end - start);
        if (answer.headers.get('content-encoding') || !isWhole) throw new NoRanges(`it sent ${bytes.length} bytes for ${end - start}`);
        return { answer, bytes };
      }
      if (answer.status === 200) throw new NoRanges('it sends all of the file');
      if (answer.status === 416 || answer.status === 412) throw new RemoteChanged(`${this.#name} is shorter than it was`);
      const refused = refusedDownload(answer, this.#name, this.url, `Could not read ${this.identity.size ? 'more of ' : ''}${this.#name}`);
      throw answer.status >= 500 || answer.status === 429 || answer.status === 408 ? new RefusedForNow(refused) : refused;
    } finally {
      // What is not read need not be sent.
      abort.abort();
      clearTimeout(silence);
    }
  }
}

/**
 * @param {Response} answer
 * @param {number} length that was asked for, in bytes
 * @param {() => void} heard called as long as something comes: a slow host is not a silent one
 * @returns {Promise<Bytes>} perhaps shorter or longer
 */
async function bodyOf(answer, length, heard) {
  const parts = [];
  let size = 0;
  for (const reader = /** @type {ReadableStream<Bytes>} */ (answer.body).getReader(); size <= length; ) {
    const { value, done } = await reader.read();
    if (done) break;
    heard();
    parts.push(value);
    size += value.length;
  }
  const [only] = parts;
  return parts.length === 1 && only ? only : new Uint8Array(await new Blob(parts).arrayBuffer());
}

/**
 * Whether the same date means the same version: another date always means another.
 * @param {string | null} modified as a header says it
 */
function isSettled(modified) {
  return modified !== null && Date.now() - Date.parse(modified) > SETTLED_MS;
}

/** The size of the whole, where the host lets it be seen. @param {Response} answer */
function totalOf(answer) {
  const total = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return total ? Number(total) : null;
}

/**
 * The size that a SQLite file says it has.
 * https://www.sqlite.org/fileformat.html#in_header_database_size
 * @param {Uint8Array} head
 * @returns {number | null} null where it does not, or its last writer was too old to keep that up to date
 */
export function sizeInHeader(head) {
  if (head.length < HEADER_BYTES || new TextDecoder().decode(head.subarray(0, SQLITE_MAGIC.length)) !== SQLITE_MAGIC) return null;
  const fields = new DataView(head.buffer, head.byteOffset, HEADER_BYTES);
  const pageBytes = fields.getUint16(16) === 1 ? 65_536 : fields.getUint16(16);
  return fields.getUint32(24) === fields.getUint32(92) ? pageBytes * fields.getUint32(28) : null;
}

/** @param {Bytes} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
