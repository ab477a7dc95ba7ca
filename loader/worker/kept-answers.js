/**
 * Answers that never change, kept in Cache Storage so that a page's styles and scripts need no
 * trip through Python: those an application marks `immutable` (RFC 8246), and those below the
 * paths it names as its packages' own files, which change only with the release or the plan.
 */
import { ANSWERS_CACHE } from './release-files.js';
import { SITE_URL } from './site.js';

/**
 * @param {Request} request
 * @returns {Promise<Response | undefined>} the whole answer; none for a part of one
 */
export async function keptAnswer(request) {
  if (request.method !== 'GET' || request.headers.has('range')) return undefined;
  return (await caches.open(ANSWERS_CACHE)).match(request.url);
}

/**
 * Whether an answer may be kept for every later request of its URL.
 * @param {Request} request
 * @param {Response} answer
 * @param {{ isStatic(request: Request): boolean }} engine
 */
export function neverChanges(request, answer, engine) {
  if (request.method !== 'GET' || answer.status !== 200) return false;
  return engine.isStatic(request) || /\bimmutable\b/.test(answer.headers.get('cache-control') ?? '');
}

/**
 * @param {Request} request
 * @param {Response} answer a clone of what the page gets
 */
export async function keepAnswer(request, answer) {
  try {
    await (await caches.open(ANSWERS_CACHE)).put(request.url, answer);
  } catch (error) {
    console.warn(`This browser did not keep ${request.url.slice(0, 200)}: ${error}`);
  }
}

/**
 * Forget what was kept for one plan, whose application was asked to start afresh; or for all of
 * them, as code was taken back that may have made some of it.
 * @param {string} [prefixUrl]
 */
export async function forgetAnswers(prefixUrl = SITE_URL) {
  const cache = await caches.open(ANSWERS_CACHE);
  for (const request of await cache.keys()) {
    if (request.url.startsWith(prefixUrl)) await cache.delete(request);
  }
}
