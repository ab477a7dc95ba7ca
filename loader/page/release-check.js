/** Finding the file of the site that keeps its service worker from starting. */
import { BrowserError, EngineError } from '../shared/faults.js';
import { SITE_URL } from './site-root.js';

/** @typedef {{ path: string, size: number }} ReleaseFile */

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
    detail,
    cause,
  });
}

/**
 * The fault of the first script of the release that the host does not serve as it should, or null
 * when all seem right.
 * @param {unknown} cause  what the browser said
 * @returns {Promise<EngineError | null>}
 */
export async function firstBrokenFile(cause) {
  let files;
  try {
    files = await programFiles();
  } catch (error) {
    return missing('release.js', 'its host does not serve it as it should', String(error), cause);
  }
  const troubles = await Promise.all(files.map(async (file) => ({ file, reason: await troubleWith(file) })));
  const first = troubles.find(({ reason }) => reason);
  return first ? missing(first.file.path.replace(/^.*\//, ''), first.reason, first.file.path, cause) : null;
}

/** The scripts that make up the worker and the shell. @returns {Promise<ReleaseFile[]>} */
async function programFiles() {
  const { release } = await import(`${SITE_URL}vendor/release.js`);
  const shell = /** @type {ReleaseFile[]} */ (release.shell);
  return shell.filter((file) => /\.m?js$/.test(file.path));
}

/** @param {ReleaseFile} file @returns {Promise<string>} '' when there is none */
async function troubleWith({ path, size }) {
  try {
    const answer = await look(path, 'no-cache');
    if (!answer.ok) return `its host answered ${answer.status}`;
    if (!IS_JAVASCRIPT.test(typeOf(answer))) return `its host labels it “${typeOf(answer)}”, not text/javascript`;
    const { byteLength } = await answer.arrayBuffer();
    return byteLength === size ? '' : `its host sent ${byteLength} bytes of ${size}`;
  } catch {
    return 'its host did not answer';
  }
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
    detail,
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
    detail,
    cause,
  });
}
