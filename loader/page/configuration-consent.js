/** `#allow=<plan>`: agreeing to the code that a plan's configuration would put on every page. */
import { parsePath } from '../shared/plan.js';
import { showConsent } from './consent.js';
import { ask } from './worker-ask.js';
import { registerWorker } from './worker-registration.js';
import { SITE_PATH } from './site-root.js';

/** @typedef {import('../shared/foreign-code.js').ForeignConfiguration} ForeignConfiguration */

const SHA256 = /^[0-9a-f]{64}$/;

/** Longer than any start of an engine, which reports on itself meanwhile. */
const SILENCE_MS = 90_000;

/**
 * @param {string} segment  the plan; '' for the site's own
 */
export async function showConfigurationConsent(segment) {
  const prefix = `${SITE_PATH}app/${segment && `${segment}/`}`;
  // Whoever wrote the link must not choose who answers below.
  const place = parsePath(prefix, SITE_PATH);
  if (!place || place.prefix !== prefix || place.path !== '/') return location.replace(SITE_PATH);
  const registration = await registerWorker();
  // The application knows what it left out, and nothing of that runs there.
  const answer = await fetch(`${prefix}-/lite/code.json`, { redirect: 'error' });
  /** @type {ForeignConfiguration[]} */
  const code = answer.ok ? await answer.json() : [];
  if (!code.every(({ kind, key }) => kind === 'configuration' && SHA256.test(key))) throw new Error('What is asked about is no configuration.');
  if (!code.length) return location.replace(prefix);
  showConsent(code, {
    onAgree: async () => {
      const worker = registration.active;
      if (!worker) throw new Error('The service worker is gone. Reload the page.');
      // What it says is known by its hash.
      const agreed = code.map((each) => ({ ...each, texts: undefined }));
      await ask(worker, { type: 'agree', code: agreed }, { silenceMs: SILENCE_MS });
      await ask(worker, { type: 'restart', url: new URL(prefix, location.href).href }, { silenceMs: SILENCE_MS });
      location.assign(prefix);
    },
    without: { label: 'Go on without it', href: prefix },
  });
}
