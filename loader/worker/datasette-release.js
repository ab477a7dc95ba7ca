/**
 * Another release of Datasette than the site's own: `?ref=`.
 *
 * It comes from the package index on top of the locked packages, in the way plugins do, and with the
 * same question first. Python then starts from the packs, less the site's Datasette: the memory image
 * has that imported.
 */
import { release } from '../../vendor/release.js';
import { OptionError } from '../shared/faults.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/faults.js').Fault} Fault */

/** The files of the site's own Datasette among those of the packs. */
const OWN_DATASETTE = /^datasette(-[^/]*\.dist-info)?\//;

/**
 * What a plan asks the package index for, as `install=` would: null for the site's own release.
 * A lower bound that is a preview itself lets previews in (PEP 440).
 * @param {Plan} plan
 * @returns {string | null}
 */
export function datasetteRequest({ options }) {
  const ref = options.find(({ key }) => key === 'ref')?.value;
  if (ref === undefined || ref === release.datasette) return null;
  return ref === 'pre' ? 'datasette>=1.0a0' : `datasette==${ref}`;
}

/** Whether a file of a pack stays away to make room for another release. @param {string} path */
export function isOwnDatasette(path) {
  return OWN_DATASETTE.test(path);
}

/**
 * Why an application did not start, where that is because another release runs it.
 * @param {Fault} fault
 * @param {string} request
 * @param {readonly { name: string, version: string }[]} installed
 * @returns {OptionError | null} null for what has other causes
 */
export function releaseFault({ code, message, detail }, request, installed) {
  if (code !== 'app-failed') return null;
  const version = installed.find(({ name }) => name === 'datasette')?.version ?? '';
  return new OptionError('ref-failed', {
    tried: `Could not run Datasette ${version}`,
    happened: `what Datasette Lite builds on is different in it (it was made for ${release.datasette})`,
    detail: `${message}\n\n${detail}`,
    plugin: request,
  });
}
