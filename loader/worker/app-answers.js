/** Requests below `app/`: to the plan's engine, or, while it starts, the shell for a page. */
import { requireQueryConsent } from './data-consent.js';
import { canonicalPlace } from './plan-places.js';
import { closeEngine, openEngine, readyEngine } from './engines.js';
import { keepAnswer, keptAnswer, neverChanges } from './kept-answers.js';
import { shellPage } from './release-files.js';
import { toFault } from '../shared/faults.js';
import { ConsentNeeded } from '../shared/foreign-code.js';

/**
 * How long a page navigation waits for an engine before it gets the shell, which shows what is
 * going on. It gets the shell at once when Python has to start: that keeps the worker's only thread
 * for seconds, so no timer would ring.
 */
const PATIENCE_MS = 1000;

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
export async function answerApp(event) {
  const { request } = event;
  let place;
  try {
    place = await canonicalPlace(request.url);
  } catch (error) {
    return isPage(request) ? shellPage() : faultAnswer(error);
  }
  if (new URL(place.url).pathname !== new URL(request.url).pathname) return Response.redirect(place.url, 307);

  const kept = await keptAnswer(request);
  if (kept) return kept;

  /** @type {PromiseWithResolvers<null>} */
  const slow = Promise.withResolvers();
  const opening = openEngine(place, ({ stage }) => {
    // An engine that is up tells of its start, too.
    if (stage === 'python' && !readyEngine(place)) slow.resolve(null);
  });
  event.waitUntil(opening.catch(() => {}));
  try {
    const engine = isPage(request) ? await within(PATIENCE_MS, Promise.race([opening, slow.promise])) : await opening;
    if (!engine) return await shellPage();
    if (isPage(request)) await requireQueryConsent(engine.dataRunners, place, request.referrer);
    const answer = await engine.handle(request, (streaming) => event.waitUntil(streaming));
    if (neverChanges(request, answer, engine)) event.waitUntil(keepAnswer(request, answer.clone()));
    return answer;
  } catch (error) {
    if (readyEngine(place)?.broken) void closeEngine(place.segment);
    if (!isPage(request)) return faultAnswer(error);
    if (error instanceof ConsentNeeded) return shellPage();
    return readyEngine(place) ? faultPage(error) : shellPage();
  }
}

/** A page that a person waits for and that may be asked for again: any other request waits for its engine. @param {Request} request */
function isPage(request) {
  return request.method === 'GET' && request.mode === 'navigate';
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T | null>} null when it takes longer
 */
async function within(ms, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const timeout = new Promise((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return /** @type {T | null} */ (await Promise.race([promise, timeout]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A fault of ours while an engine that is up answered a page: the shell would only reload it.
 * @param {unknown} error
 */
function faultPage(error) {
  const { message, detail } = toFault(error);
  return new Response(`${message}\n\n${detail.slice(0, 5000)}`, { status: 500, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/**
 * A fault as the answer to a script or a form, which has no page of ours to read it on.
 * @param {unknown} error
 */
function faultAnswer(error) {
  if (error instanceof DOMException && error.name === 'AbortError') return Response.error();
  const { name, code, message } = toFault(error);
  const status = name === 'OptionError' ? 400 : 503;
  return Response.json({ ok: false, error: message, errors: [message], status, code }, { status });
}
