/** What pages ask the worker, each on its own MessagePort (`loader/shared/protocol.js`). */
import { release } from '../../vendor/release.js';
import { toFault } from '../shared/faults.js';
import { ConsentNeeded } from '../shared/foreign-code.js';
import { PROTOCOL_VERSION, unreachable } from '../shared/protocol.js';
import { carryChanges, hasChanges } from './carried-changes.js';
import { requireQueryConsent } from './data-consent.js';
import { closeEngine, editedPlans, openEngine, plansThatRun, readyEngine, withoutEngine } from './engines.js';
import { forgetAnswers } from './kept-answers.js';
import { lingerAfter } from './linger.js';
import { databaseStore } from './plan-files.js';
import { ownPlan } from './plan-ownership.js';
import { canonicalPlace } from './plan-places.js';
import { forgetPlan, touchPlan } from './plan-store.js';
import { agree, agreements, revoke } from './plugin-store.js';
import { forgetWheel } from './plugin-wheels.js';
import { forgetFetched } from './sources.js';

/** @typedef {import('../shared/protocol.js').Ask} Ask */
/** @typedef {import('../shared/protocol.js').Reply} Reply */

/** @param {ExtendableMessageEvent} event */
export function takeAsk(event) {
  const ask = /** @type {Ask} */ (event.data);
  const port = event.ports[0];
  const reply = (/** @type {Reply} */ message) => port?.postMessage(message);
  lingerAfter(
    event,
    answerAsk(ask, reply).catch((error) => reply(failureOf(error))),
  );
}

/**
 * @param {Ask} ask
 * @param {(message: Reply) => void} reply
 */
async function answerAsk(ask, reply) {
  switch (ask.type) {
    case 'hello':
      return reply({ type: 'welcome', protocol: PROTOCOL_VERSION, release: release.id, version: release.version });
    case 'take-over':
      return /** @type {ServiceWorkerGlobalScope} */ (/** @type {any} */ (self)).skipWaiting();
    case 'edit-state': {
      const edited = editedPlans();
      const wanted = ask.url ? [(await canonicalPlace(ask.url)).segment] : edited;
      return reply({ type: wanted.some((segment) => edited.includes(segment)) ? 'edited' : 'nothing-edited' });
    }
    case 'keep-alive': {
      const place = await canonicalPlace(ask.url);
      await touchPlan(place.segment);
      return reply({ type: 'alive', hasEdits: readyEngine(place)?.hasEdits ?? false });
    }
    case 'stored-edits': {
      const { segment } = await canonicalPlace(ask.url);
      const isEdited = editedPlans().includes(segment) || (await databaseStore.hasEdits(segment));
      return reply({ type: isEdited ? 'edited' : 'nothing-edited' });
    }
    case 'saved-changes': {
      const { segment } = await canonicalPlace(ask.url);
      return reply({ type: (await hasChanges(segment)) ? 'edited' : 'nothing-edited' });
    }
    case 'carry-changes': {
      const [from, to] = await Promise.all([canonicalPlace(ask.from), canonicalPlace(ask.url)]);
      await changeStored(to.segment, () => carryChanges(from, to));
      return reply({ type: 'carried' });
    }
    case 'forget': {
      const { plan, segment } = await canonicalPlace(ask.url);
      await changeStored(segment, () => Promise.all([databaseStore.forget(segment), forgetPlan(segment), forgetFetched(plan)]));
      return reply({ type: 'forgotten' });
    }
    case 'discard': {
      const place = await canonicalPlace(ask.url);
      await changeStored(place.segment, () => databaseStore.discard(place.segment, ask.path));
      await openEngine(place, reply);
      return reply({ type: 'ready' });
    }
    case 'restart':
    case 'refetch': {
      const place = await canonicalPlace(ask.url);
      // In one go, so that no other request starts an engine in between.
      const closing = closeEngine(place.segment);
      const opening = openEngine(place, reply, { fresh: ask.type === 'refetch' });
      await Promise.all([opening, closing, forgetAnswers(new URL(place.prefix, place.url).href)]);
      return reply({ type: 'ready' });
    }
    case 'agree':
      await agree(ask.code);
      return reply({ type: 'agreements', agreements: await agreements() });
    case 'agreements':
      return reply({ type: 'agreements', agreements: await agreements() });
    case 'revoke':
      await revoke(ask.keys);
      await Promise.all(ask.keys.map(forgetWheel));
      await Promise.all(plansThatRun(ask.keys).map(closeEngine));
      await forgetAnswers();
      return reply({ type: 'agreements', agreements: await agreements() });
    case 'open': {
      const place = await canonicalPlace(ask.url);
      const { dataRunners } = await openEngine(place, reply);
      await requireQueryConsent(dataRunners, place, ask.referrer);
      return reply({ type: 'ready' });
    }
    default:
      return unreachable(ask);
  }
}

/** @param {unknown} error @returns {Reply} */
function failureOf(error) {
  if (error instanceof ConsentNeeded) return { type: 'consent', code: error.foreignCode };
  return { type: 'failed', faults: faultsOf(error) };
}

/**
 * Change what is stored for a plan while no engine uses it.
 * @param {string} segment
 * @param {() => Promise<unknown>} change
 */
async function changeStored(segment, change) {
  await withoutEngine(segment, async () => {
    const ownership = ownPlan(segment);
    try {
      await databaseStore.open(segment, ownership.id);
      await change();
    } finally {
      ownership.giveUp();
    }
  });
}

/** @param {unknown} error One fault, or several where several sources failed. */
function faultsOf(error) {
  return error instanceof AggregateError ? error.errors.map(toFault) : [toFault(error)];
}
