/**
 * What pages and the worker say to each other, one MessagePort for each ask.
 *
 * The page sends one Ask and keeps one end of the port; the worker answers there with any number of
 * `progress` and then exactly one other Reply. A restarted worker forgets open ports, so the page
 * must give every ask a deadline.
 *
 * @typedef {import('./faults.js').Fault} Fault
 * @typedef {import('./foreign-code.js').ForeignCode} ForeignCode
 * @typedef {import('./foreign-code.js').Agreement} Agreement
 *
 * `url` is the page's own location.href, `referrer` its document's.
 * @typedef {{ type: 'hello' }
 *         | { type: 'open', url: string, referrer: string }
 *         | { type: 'restart', url: string }
 *         | { type: 'refetch', url: string }
 *         | { type: 'keep-alive', url: string }
 *         | { type: 'take-over' }
 *         | { type: 'agree', code: ForeignCode[] }
 *         | { type: 'agreements' }
 *         | { type: 'revoke', keys: string[] }
 *         | { type: 'edit-state', url?: string }
 *         | { type: 'stored-edits', url: string }
 *         | { type: 'saved-changes', url: string }
 *         | { type: 'carry-changes', url: string, from: string }
 *         | { type: 'discard', url: string, path: string }
 *         | { type: 'forget', url: string }} Ask
 *
 * `runtime` and `data` run side by side, so their messages interleave; each carries its whole stage.
 * @typedef {'runtime' | 'data' | 'python' | 'app'} Stage
 *
 * done and total count bytes. total: null while nobody knows. rows: of an import, so far.
 * @typedef {{ name: string, done: number, total: number | null, rows?: number }} ProgressItem
 *
 * @typedef {{ type: 'progress', stage: Stage, items: ProgressItem[] }} Progress
 *
 * `take-over` goes to a waiting release, which has no reply to give; `edit-state` asks whether the
 * page's plan, or any, has edits that end with its engine, and `stored-edits` whether the plan has
 * some in storage that `refetch` would discard. `saved-changes` asks whether anything was changed in a
 * plan, and `carry-changes` copies that to the plan of `url`, `from` another. `discard` gives up the edits of one database, whose
 * `path` the page names, and `forget` all that is kept for a plan but its sources. `welcome` answers
 * hello, `alive` keep-alive, `forgotten` forget, `carried` carry-changes, `agreements`, all that are in force, the three that
 * are about them, and `ready` the others once the engine is up (again); `consent` in its place asks
 * for what the visitor has to agree to first.
 * @typedef {Progress
 *         | { type: 'welcome', protocol: number, release: string, version: string }
 *         | { type: 'ready' }
 *         | { type: 'failed', faults: Fault[] }
 *         | { type: 'consent', code: ForeignCode[] }
 *         | { type: 'agreements', agreements: Agreement[] }
 *         | { type: 'nothing-edited' | 'edited' }
 *         | { type: 'alive', hasEdits: boolean }
 *         | { type: 'forgotten' | 'carried' }} Reply
 */

/** Raise it with every change to Ask or Reply: an old page and a new worker then notice each other. */
export const PROTOCOL_VERSION = 3;

/**
 * The end of a `switch` over every type of message: tsc refuses a forgotten one, and a message
 * of another release fails loudly.
 * @param {never} message
 * @returns {never}
 */
export function unreachable(message) {
  throw new Error(`No such message in protocol ${PROTOCOL_VERSION}: ${JSON.stringify(message)}`);
}
