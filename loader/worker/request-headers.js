/**
 * The headers an application sees. A service worker is shown a request before the browser adds
 * `Host`, `Cookie`, `Referer` and the `Sec-Fetch-*` headers (whatwg/fetch#1322), so they are
 * supplied here. Cookies come from the plan's own jar (`datasette_lite.cookies`).
 */

/** @type {WorkerGlobalScope} */
const worker = /** @type {any} */ (self);

/** Supplied by us, or about a connection that does not exist. */
const REPLACED = new Set(['host', 'cookie', 'referer', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'accept-encoding', 'connection']);

/**
 * @param {Request} request
 * @returns {[name: string, value: string][]} names in lower case, values in Latin-1
 */
export function applicationHeaders(request) {
  /** @type {[string, string][]} */
  const headers = [['host', worker.location.host]];
  for (const [name, value] of request.headers) {
    if (!REPLACED.has(name)) headers.push([name, value]);
  }
  if (!request.headers.has('user-agent')) headers.push(['user-agent', navigator.userAgent]);
  if (URL.canParse(request.referrer)) headers.push(['referer', request.referrer]);
  headers.push(['sec-fetch-site', fetchSite(request)]);
  headers.push(['sec-fetch-mode', request.mode]);
  headers.push(['sec-fetch-dest', request.destination || 'empty']);
  return headers;
}

/**
 * What `Sec-Fetch-Site` would say, decided so that a forged write is never taken for our own.
 *
 * A subresource reaches this worker only from a page it controls. A navigation may come from
 * anywhere: a write counts as ours only when its `Origin`, or where the browser shows none
 * (Firefox, WebKit) or `null` (Chromium, from a `no-referrer` page), its referrer is ours. An
 * attacker can suppress the referrer, but not make it ours. Reads with no referrer are what a
 * person typed or bookmarked: `none`.
 * Source: Fetch Metadata, section 2.4; measured in Chromium 156, Firefox 153, WebKitGTK 2.50.
 * @param {Request} request
 * @returns {'same-origin' | 'cross-site' | 'none'}
 */
export function fetchSite(request) {
  if (request.mode !== 'navigate') return 'same-origin';
  const origin = request.headers.get('origin');
  if (origin && origin !== 'null') return origin === worker.location.origin ? 'same-origin' : 'cross-site';
  if (URL.canParse(request.referrer)) {
    return new URL(request.referrer).origin === worker.location.origin ? 'same-origin' : 'cross-site';
  }
  return request.method === 'GET' || request.method === 'HEAD' ? 'none' : 'cross-site';
}
