/**
 * The site's service worker: which requests are ours, and who answers them.
 *
 * It keeps nothing in memory that storage cannot rebuild: browsers end an idle worker after
 * about thirty seconds, and the next request starts it afresh.
 */
import { answerApp } from './loader/worker/app-answers.js';
import { takeAsk } from './loader/worker/asks.js';
import { lingerAfter } from './loader/worker/linger.js';
import { ownershipOf, redirectIntoPrefix } from './loader/worker/ownership.js';
import { forgetOldReleases, keepRelease, shellAnswer } from './loader/worker/release-files.js';
import { takeOverUnlessEdited } from './loader/worker/take-over.js';

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

worker.addEventListener('install', (event) => event.waitUntil(keepRelease().then(takeOverUnlessEdited)));

worker.addEventListener('activate', (event) =>
  event.waitUntil(forgetOldReleases().then(() => worker.clients.claim())),
);

worker.addEventListener('message', (event) => takeAsk(event));

worker.addEventListener('fetch', (event) => {
  switch (ownershipOf(event.request)) {
    case 'app': {
      const answer = answerApp(event);
      lingerAfter(event, answer);
      return event.respondWith(answer);
    }
    case 'shell':
      return event.respondWith(shellAnswer(event.request));
    case 'stray':
      return event.respondWith(redirectIntoPrefix(event));
    case 'foreign':
      return undefined;
  }
});
