/**
 * Code that is not of this site: what a visitor is asked about before it is fetched or run, and what
 * they agreed to.
 *
 * key: what exactly is agreed to. For a wheel or a configuration the SHA-256 of its bytes, in hex; for
 * a verified plugin that runs what data holds, that plugin's and that data's hashes, or those of a
 * link with a query whose results it would run; for a wheel that nobody has vouched for, and whose hash is unknown until it is fetched, `address:` and
 * its address: that agreement is for one fetch, and becomes one to the bytes that came.
 *
 * @typedef {{ version: string, reason: string, instead?: string }} Tried
 *   A plugin that does not work here, in the version that was tried; instead: a verified one that does the same.
 * @typedef {{ kind: 'wheel', key: string, name: string, version: string, from: string, redirected?: string, wantedBy: string[], tried?: Tried }} ForeignWheel
 *   redirected: where `from` led to, on another host; wantedBy: values of `install=`
 * @typedef {{ kind: 'address', key: string, name: string, version: string, from: string, wantedBy: string[], tried?: Tried }} ForeignAddress
 * @typedef {{ kind: 'data' | 'query', key: string, name: string, version: string, from: string, wantedBy: string[] }} ForeignData
 *   from: the plan's page, or the link
 * @typedef {{ kind: 'configuration', key: string, name: string, from: string, redirected?: string, runs: string[], texts?: Record<string, string> }} ForeignConfiguration
 *   runs: addresses of scripts and styles, and where there is HTML in it; texts: that HTML
 * @typedef {ForeignWheel | ForeignAddress | ForeignData | ForeignConfiguration} ForeignCode
 *
 * at: milliseconds since 1970
 * @typedef {ForeignCode & { at: number }} Agreement
 */

import { OptionError } from './faults.js';

/** A plan needs code that the visitor has not agreed to. */
export class ConsentNeeded extends OptionError {
  /** @param {ForeignCode[]} code */
  constructor(code) {
    const names = code.map(({ name }) => name).join(', ');
    super('consent-needed', { tried: `Could not run ${names}` });
    this.foreignCode = code;
  }
}

/**
 * Whether an agreement is to this very code: a key means something only within its kind.
 * @param {{ kind: string, key: string }} agreement
 * @param {{ kind: string, key: string }} code
 */
export function isSameCode(agreement, code) {
  return agreement.kind === code.kind && agreement.key === code.key;
}

/** Key of an address whose content is unknown. @param {string} url */
export function addressKey(url) {
  return `address:${url}`;
}
