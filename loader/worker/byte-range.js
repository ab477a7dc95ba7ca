/** Range requests on whole answers (RFC 9110, section 14): Datasette knows none, WebKit's media needs them. */

/**
 * The answer to a GET with a `Range` header, cut from the whole answer.
 * Anything but one satisfiable byte range of a 200 is left as it is, as the RFC allows.
 * @param {Request} request
 * @param {{ status: number, headers: Headers, body: Uint8Array<ArrayBuffer> }} whole
 * @returns {{ status: number, headers: Headers, body: Uint8Array<ArrayBuffer> }}
 */
export function cutRange(request, whole) {
  const range = request.headers.get('range');
  if (!range || request.method !== 'GET' || whole.status !== 200) return whole;
  const condition = request.headers.get('if-range');
  if (condition && condition !== whole.headers.get('etag')) return whole;
  const parts = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!parts || (!parts[1] && !parts[2])) return whole;

  const size = whole.body.length;
  // 'bytes=-5' asks for the last five bytes, 'bytes=5-' for all but the first five.
  const first = parts[1] ? Number(parts[1]) : Math.max(0, size - Number(parts[2]));
  const last = parts[1] && parts[2] ? Math.min(Number(parts[2]), size - 1) : size - 1;
  const headers = new Headers(whole.headers);
  headers.set('accept-ranges', 'bytes');
  if (first > last || first >= size) {
    if (parts[1] && parts[2] && Number(parts[1]) > Number(parts[2])) return whole; // Not a range at all.
    headers.set('content-range', `bytes */${size}`);
    headers.delete('content-length');
    return { status: 416, headers, body: new Uint8Array() };
  }
  headers.set('content-range', `bytes ${first}-${last}/${size}`);
  headers.set('content-length', String(last - first + 1));
  return { status: 206, headers, body: whole.body.subarray(first, last + 1) };
}
