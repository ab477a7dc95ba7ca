/** Finding the file of the site that keeps its service worker from starting: as the host serves them now. */
import { BrowserError, EngineError } from '../shared/faults.js';
import { SITE_URL } from './site-root.js';

/** @typedef {{ path: string, size: number, sha256: string }} ReleaseFile */

/** A look must not become a wait of its own. */
const LOOK_MS = 5_000;

const IS_JAVASCRIPT = /\b(java|ecma)script\b/i;

/**
 * What is wrong with `sw.js` as the host serves it, or null.
 * @param {unknown} cause  what the browser said
 * @returns {Promise<BrowserError | EngineError | null>}
 */
export async function workerScriptFault(cause) {
  let answer;
  try {
    answer = await look('sw.js', 'no-store');
  } catch (error) {
    return missing('sw.js', 'its host did not answer', String(error), cause);
  }
  const type = typeOf(answer);
  const detail = `${answer.url}: ${answer.status}, ${type}${answer.redirected ? ', redirected' : ''}`;
  const isPage = /\bhtml\b/i.test(type);
  // A login page comes with any status, or after a redirect to another host.
  if (isPage && (answer.ok || answer.status === 401 || answer.status === 403)) return loginPage(detail, cause);
  if (!answer.ok) return missing('sw.js', `its host answered ${answer.status}`, detail, cause);
  if (answer.redirected) return loginPage(detail, cause);
  if (IS_JAVASCRIPT.test(type)) return null;
  return new BrowserError('worker-script-not-javascript', {
    happened: `sw.js, a part of this site, comes labelled as “${type}”`,
    advice: 'Whoever runs this site must have .js files served as text/javascript.',
    detail: `${detail}\n${cause}`,
    cause,
  });
}

/**
 * The fault of the first small file of the release that the host does not serve as it should, or
 * null when all are right.
 * @param {unknown} cause  what the browser said
 * @returns {Promise<EngineError | null>}
 */
export async function firstBrokenFile(cause) {
  let files;
  try {
    files = await shellFiles();
  } catch (error) {
    return missing('release.js', 'its host does not serve it as it should', String(error), cause);
  }
  const faults = await Promise.all(files.map((file) => faultOf(file, cause)));
  return faults.find((fault) => fault !== null) ?? null;
}

/** What the worker is made of, and what it keeps when it is installed. @returns {Promise<ReleaseFile[]>} */
async function shellFiles() {
  const { release } = await import(`${SITE_URL}vendor/release.js`);
  return [...release.shell, release.program];
}

/**
 * @param {ReleaseFile} file
 * @param {unknown} cause
 * @returns {Promise<EngineError | null>}
 */
async function faultOf({ path, size, sha256 }, cause) {
  const name = path.replace(/^.*\//, '');
  let answer;
  let bytes;
  try {
    answer = await look(path, 'no-cache');
    bytes = await answer.arrayBuffer();
  } catch (error) {
    return missing(name, 'its host did not answer', String(error), cause);
  }
  const detail = `${answer.url}: ${answer.status}, ${typeOf(answer)}, ${bytes.byteLength} bytes of ${size}`;
  if (!answer.ok) return missing(name, `its host answered ${answer.status}`, detail, cause);
  if (/\.m?js$/.test(path) && !IS_JAVASCRIPT.test(typeOf(answer))) {
    return missing(name, `its host labels it “${typeOf(answer)}”, not text/javascript`, detail, cause);
  }
  if ((await digest(bytes)) === sha256) return null;
  return new EngineError('runtime-corrupt', {
    tried: `Could not use ${name}, a part of this site`,
    happened: 'what its host sent is not the file of this release',
    detail: `${detail}\n${cause}`,
    cause,
  });
}

/** @param {ArrayBuffer} bytes  @returns {Promise<string>} SHA-256 in hex */
async function digest(bytes) {
  const octets = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** @param {string} path @param {RequestCache} cache */
function look(path, cache) {
  return fetch(SITE_URL + path, { cache, signal: AbortSignal.timeout(LOOK_MS) });
}

/** @param {Response} answer */
function typeOf(answer) {
  return answer.headers.get('content-type') ?? 'nothing';
}

/** @param {string} detail @param {unknown} cause */
function loginPage(detail, cause) {
  return new BrowserError('worker-script-not-javascript', {
    happened: 'a web page came in place of sw.js, most often the page of a login',
    advice: 'Log in to the network or the site in another tab, then try again.',
    detail: `${detail}\n${cause}`,
    cause,
  });
}

/**
 * @param {string} name
 * @param {string} reason
 * @param {string} detail
 * @param {unknown} cause
 */
function missing(name, reason, detail, cause) {
  return new EngineError('runtime-missing', {
    tried: `Could not download ${name}, a part of this site`,
    happened: reason,
    advice: 'Check your connection and try again; if it happens again, the site must be built and uploaded anew.',
    detail: `${detail}\n${cause}`,
    cause,
  });
}
