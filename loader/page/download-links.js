/**
 * Links with a `download` attribute. Chromium (156) fetches those past the service
 * worker, so the host would answer. They are fetched by the page instead, into a Blob,
 * which the browser keeps on disk when it is large, and saved from there.
 */
import { SITE_PATH } from './site-root.js';

/** An object URL must live until the browser has begun to save from it. */
const SAVING_MS = 60_000;

/** Watch this page. */
export function saveDownloadLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[download]') : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${SITE_PATH}app/`)) return;
    event.preventDefault();
    save(link).catch(() => location.assign(link.href));
  });
}

/** @param {HTMLAnchorElement} link */
async function save(link) {
  const answer = await fetch(link.href);
  // An error is worth reading, not saving.
  if (!answer.ok) return location.assign(link.href);
  const address = URL.createObjectURL(await answer.blob());
  const saved = document.createElement('a');
  saved.href = address;
  saved.download = link.download || nameOf(answer) || lastPart(link.pathname);
  saved.click();
  setTimeout(() => URL.revokeObjectURL(address), SAVING_MS);
}

/** The name that an answer gives itself; RFC 6266's encoded form wins. @param {Response} answer */
function nameOf(answer) {
  const disposition = answer.headers.get('content-disposition') ?? '';
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(disposition)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? '';
}

/** @param {string} path */
function lastPart(path) {
  return path.slice(path.lastIndexOf('/') + 1) || 'download';
}
