/**
 * Taking along what was changed in a plan to another that has the same data and more: the copy is
 * of its own from then on.
 */
import { planSources } from '../shared/plan.js';
import { copyKept } from './kept-copies.js';
import { databaseStore } from './plan-files.js';
import { IMPORTED_FOLDER } from './plan-places.js';

/** @typedef {import('./block-store.js').FileRecord} FileRecord */
/** @typedef {import('./plan-places.js').Place} Place */

/** Where imported tables with their changes are, when the other plan imports its data anew. */
const CHANGED_FOLDER = '/changed/';

/**
 * Whether anything was changed in a plan that could be taken along.
 * @param {string} segment
 */
export async function hasChanges(segment) {
  return (await databaseStore.plan(segment)).files.some(({ version }) => version > 0);
}

/**
 * Copy what was changed in one plan to another, all or nothing. Sources keep their places, so those of
 * the first must come first in the other. Imported tables that were changed come along as they are
 * where the other imports nothing more; otherwise as a database beside, `data_changed`.
 * @param {Place} from
 * @param {Place} to no engine of it may run
 * @returns {Promise<boolean>} false: the other has changes of its own, and keeps those
 * @throws {DOMException} when there is no room
 */
export async function carryChanges(from, to) {
  if (await hasChanges(to.segment)) return false;
  const { imported, files } = await databaseStore.plan(from.segment);
  const isSameImport = Boolean(imported) && importsOf(to).every(({ option, value }) =>
    imported?.sources.some((each) => each.option === option && each.value === value),
  );
  const folder = freeFolder(files);
  /** @param {string} path */
  const pathThere = (path) => (isSameImport || !path.startsWith(IMPORTED_FOLDER) ? path : folder + path.slice(IMPORTED_FOLDER.length));
  // What the changes apply to has to be there before them.
  await copyKept(from.segment, to.segment, pathThere);
  await databaseStore.copyPlan(from.segment, to.segment, (record) => {
    const path = pathThere(record.path);
    const isBeside = path !== record.path;
    // Imported tables that nobody changed are imported anew.
    if (isBeside && !record.version) return null;
    return isBeside ? { ...record, path, name: nameBeside(path, files) } : record;
  }, isSameImport);
  return true;
}

/** The sources of a plan that an import makes tables of. @param {Place} place */
function importsOf({ plan }) {
  return planSources(plan).filter(({ option }) => option !== 'url');
}

/**
 * Where nothing is yet of what came along before, when more was added.
 * @param {readonly FileRecord[]} files
 */
function freeFolder(files) {
  const taken = new Set(files.map(({ path }) => path.replace(/[^/]*$/, '')));
  let folder = CHANGED_FOLDER;
  for (let number = 2; taken.has(folder); number++) folder = CHANGED_FOLDER.replace(/\/$/, `_${number}/`);
  return folder;
}

/**
 * @param {string} path
 * @param {readonly FileRecord[]} files those of the plan that it comes from
 */
function nameBeside(path, files) {
  const plain = `${path.replace(/^.*\//, '').replace(/\.[^.]*$/, '')}_changed`;
  let name = plain;
  for (let number = 2; files.some((each) => each.name === name); number++) name = `${plain}_${number}`;
  return name;
}
