/** What the launcher's field makes of its content, in one line. */
import { describePlan } from '../shared/plan.js';
import { fetchableUrl, fileNameOf } from '../shared/source-url.js';

/** @typedef {import('../shared/recognise.js').Recognised} Recognised */
/** @typedef {Extract<Recognised, { kind: 'pasted' }>['format']} PastedFormat */

/** @type {Record<string, string>} */
export const KIND_NAMES = {
  url: 'SQLite database',
  csv: 'CSV file',
  tsv: 'TSV file',
  json: 'JSON file',
  parquet: 'Parquet file',
  sql: 'SQL script',
  xlsx: 'Excel workbook',
  data: 'File of any kind',
  file: 'File of this device',
};

/** Kinds whose file becomes one table of its name. */
const ONE_TABLE = ['csv', 'tsv', 'json', 'parquet'];

/** @type {Record<PastedFormat, string>} */
const FORMATS = { csv: 'CSV', tsv: 'tab-separated values', json: 'JSON', sql: 'SQL' };

/**
 *   https://h/people.csv   → 'CSV file from h → a table named people'
 *   https://h/fixtures.db  → 'SQLite database fixtures.db from h'
 *   https://h/download     → 'File from h: its content decides what it becomes'
 *   name,age⏎Anna,7        → 'Pasted CSV, 1 row. Its link will hold the data itself.'
 * @param {Recognised} found
 * @param {string} text  that it was found in
 * @returns {string}
 */
export function recognisedText(found, text) {
  switch (found.kind) {
    case 'link':
      return linkText(found.option, found.url);
    case 'links':
      return `${found.links.length} links: ${describePlan(found.plan)}`;
    case 'pasted':
      return pastedText(found.format, text, found.plan !== null);
    case 'old-link':
      return `Datasette Lite link to ${describePlan(found.plan)}`;
    case 'app-link':
      return `Page of ${found.plan ? describePlan(found.plan) : 'this site'}`;
    case 'refused':
      return found.reason;
  }
}

/** @param {string} option @param {string} url */
function linkText(option, url) {
  const address = fetchableUrl(url, option);
  const host = /^data:/i.test(address) ? 'the link itself' : new URL(address).host;
  const name = fileNameOf(address);
  if (option === 'url') return `SQLite database ${name} from ${host}`;
  if (option === 'sql') return `SQL script from ${host}, run before tables are filled`;
  if (option === 'xlsx') return `Excel workbook from ${host} → a table for each sheet`;
  if (ONE_TABLE.includes(option)) return `${KIND_NAMES[option]} from ${host} → a table named ${tableName(name)}`;
  return `File from ${host}: its content decides what it becomes`;
}

/** As `table_name` in datasette_lite/importers/table_names.py. @param {string} fileName */
function tableName(fileName) {
  return fileName.replace(/(\.(csv|tsv|tab|txt|json|jsonl|ndjson|geojson|parquet|parq|gz|zip))+$/i, '') || 'table';
}

/** @param {PastedFormat} format @param {string} text @param {boolean} fitsLink */
function pastedText(format, text, fitsLink) {
  const size = format === 'sql' ? '' : `, ${countText(format, text)}`;
  const place = fitsLink ? 'Its link will hold the data itself.' : 'It will be kept in this browser, as a file is.';
  return `Pasted ${FORMATS[format]}${size}. ${place}`;
}

/** @param {PastedFormat} format @param {string} text */
function countText(format, text) {
  if (format !== 'json') return counted(Math.max(0, lineCount(text) - 1), 'row');
  const value = parsedJson(text);
  if (Array.isArray(value)) return counted(value.length, 'element');
  return value === undefined ? counted(lineCount(text), 'line') : 'one object';
}

/** @param {string} text @returns {unknown} undefined for one document a line */
function parsedJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lines with something in them; one that is quoted may hold a line break. @param {string} text */
function lineCount(text) {
  return text.replace(/"[^"]*"/g, '""').split(/\r\n?|\n/).filter((line) => line.trim()).length;
}

/** @param {number} count @param {string} noun */
function counted(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
