/** What a host means by answering with anything but the file. */
import { DownloadError } from '../shared/faults.js';

/** Seconds beyond which a wait is told in minutes. */
const LONG_WAIT_S = 120;

/**
 * The fault of an answer that is an error, by what can be done about it.
 * @param {{ status: number, statusText: string, headers: Headers }} answer
 * @param {string} name of the file
 * @param {string} url that was asked
 * @param {string} [tried]
 * @returns {DownloadError} download-not-found, download-forbidden, download-too-often, download-status
 */
export function refusedDownload({ status, statusText, headers }, name, url, tried = `Could not download ${name}`) {
  const facts = {
    tried,
    happened: `${new URL(url).host} answered ${status}`,
    detail: `${url}\n${status} ${statusText}`,
  };
  if (status === 429 || (status === 403 && isSpent(headers))) {
    return new DownloadError('download-too-often', { ...facts, happened: `${facts.happened}: it was asked too often`, advice: patience(headers) });
  }
  if (status === 404 || status === 410) {
    return new DownloadError('download-not-found', { ...facts, happened: `${facts.happened}: there is no such file, or it is private` });
  }
  if (status === 401 || status === 403) {
    return new DownloadError('download-forbidden', { ...facts, happened: `${facts.happened}: the file is private, or needs a login` });
  }
  return new DownloadError('download-status', status >= 500 ? { ...facts, advice: 'Its host is in trouble: try again later.' } : facts);
}

/** GitHub's API says 403 to who has asked too often. @param {Headers} headers */
function isSpent(headers) {
  return headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after');
}

/**
 * How long to wait, where the host says that and lets other sites read it.
 * @param {Headers} headers
 */
function patience(headers) {
  const after = headers.get('retry-after');
  const reset = Number(headers.get('x-ratelimit-reset'));
  const until = after ? (/^\d+$/.test(after) ? Date.now() + Number(after) * 1000 : Date.parse(after)) : reset * 1000;
  const seconds = Math.ceil((until - Date.now()) / 1000);
  if (!(seconds > 0)) return 'Wait some minutes, then try again.';
  const wait = seconds > LONG_WAIT_S ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} second${seconds === 1 ? '' : 's'}`;
  return `Wait ${wait}, then try again.`;
}
