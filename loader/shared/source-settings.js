/**
 * What a link may say of one source, in options that follow it:
 *
 *   ?csv=https://h/a.csv&table=people&pk=id&csv=https://h/b.csv&table=places
 *
 * Only their form is judged here. Whether there is such a column or encoding is known to the
 * importer (datasette_lite/importers/import_settings.py), which has the same names, but for `name`
 * and `fetch`.
 *
 * sources: the options that take the setting.
 * canonical: gives the value in the form that equal plans share, '' when it says nothing, null when
 * it cannot be. wants: what to write instead, for the error.
 * @typedef {{ name: string, sources: readonly string[], help: string,
 *             canonical: (value: string) => string | null, wants: string }} SourceSetting
 */

const ANYTHING = ['data', 'file'];
const DELIMITED = ['csv', 'tsv', ...ANYTHING];
const ROWS = ['csv', 'tsv', 'json', 'parquet', 'xlsx', ...ANYTHING];
const TEXT = ['csv', 'tsv', 'json', 'sql', ...ANYTHING];

/** Words for characters that are hard to write in a link, or to see. */
const DELIMITERS = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'pipe'],
  [' ', 'space'],
  [':', 'colon'],
]);

/** In their order in a plan. @type {readonly SourceSetting[]} */
export const SETTINGS = Object.freeze([
  {
    name: 'name',
    sources: ['url', ...ANYTHING],
    help: 'What to call the database.',
    canonical: oneLine,
    wants: 'It is a name on one line.',
  },
  {
    name: 'fetch',
    sources: ['url'],
    help: 'parts leaves the database at its host and fetches what is read; whole downloads it.',
    canonical: oneOf('parts', 'whole'),
    wants: 'It can be parts or whole.',
  },
  {
    name: 'table',
    sources: ROWS,
    help: 'What to call the table.',
    canonical: oneLine,
    wants: 'It is a name on one line.',
  },
  {
    name: 'pk',
    sources: ROWS,
    help: 'The column that is the primary key, or several with commas between.',
    canonical: columns,
    wants: 'It is the name of a column, or several with commas between.',
  },
  {
    name: 'delimiter',
    sources: DELIMITED,
    help: 'The character between cells, or comma, semicolon, tab, pipe, space, colon.',
    canonical: delimiter,
    wants: `It is one character or one of ${[...DELIMITERS.values()].join(', ')}.`,
  },
  {
    name: 'quote',
    sources: DELIMITED,
    help: 'The character around cells that hold a delimiter, or none.',
    canonical: quote,
    wants: 'It is one character or none.',
  },
  {
    name: 'encoding',
    sources: TEXT,
    help: 'The encoding of the text, such as cp1252.',
    canonical: encoding,
    wants: 'It is the name of an encoding, such as utf-8, utf-16 or cp1252.',
  },
  {
    name: 'header',
    sources: ['csv', 'tsv', 'xlsx', ...ANYTHING],
    help: 'The number of the line that names the columns, 0 when there is none.',
    canonical: header,
    wants: 'It is the number of the line that names the columns, or 0 when there is none.',
  },
  {
    name: 'empty',
    sources: ROWS,
    help: 'empty=null stores NULL for every empty cell, not only among numbers.',
    canonical: empty,
    wants: 'It can only be null; leave it out otherwise.',
  },
  {
    name: 'fts',
    sources: ROWS,
    help: 'The columns to search, with commas between.',
    canonical: columns,
    wants: 'It is the name of a column, or several with commas between.',
  },
  {
    name: 'drop',
    sources: ROWS,
    help: 'The columns to leave out, with commas between.',
    canonical: columns,
    wants: 'It is the name of a column, or several with commas between.',
  },
]);

/** The settings whose values are lists of columns. */
export const COLUMN_SETTINGS = Object.freeze(['pk', 'fts', 'drop']);

/** The setting of that name. @param {string} name @returns {SourceSetting | undefined} */
export function settingNamed(name) {
  return SETTINGS.find((setting) => setting.name === name);
}

/** The names of the settings that an option takes. @param {string} option @returns {string[]} */
export function settingsOf(option) {
  return SETTINGS.filter(({ sources }) => sources.includes(option)).map(({ name }) => name);
}

/** Columns as one value; a name that holds a comma or a quote stands in quotes. @param {string[]} names */
export function columnList(names) {
  return names.map((name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
}

/** @param {string} value */
function oneLine(value) {
  return /\p{Cc}/u.test(value.trim()) ? null : value.trim();
}

/** @param {string[]} words @returns {(value: string) => string | null} */
function oneOf(...words) {
  return (value) => {
    const word = value.trim().toLowerCase();
    return word === '' || words.includes(word) ? word : null;
  };
}

/** @param {string} value */
function columns(value) {
  const list = value.trim();
  return list === '' || /[^\s,"]/.test(list) ? list : null;
}

/** @param {string} value */
function delimiter(value) {
  const word = value.trim().toLowerCase();
  if ([...DELIMITERS.values()].includes(word)) return word;
  const character = word === '\\t' ? '\t' : value;
  return DELIMITERS.get(character) ?? oneCharacter(character, '"');
}

/** @param {string} value */
function quote(value) {
  return /^(none|no|off)$/i.test(value) ? 'none' : oneCharacter(value, '');
}

/** @param {string} value @param {string} but  characters that will not do */
function oneCharacter(value, but) {
  if (value === '') return '';
  return Array.from(value).length === 1 && !`\r\n\0${but}`.includes(value) ? value : null;
}

/** @param {string} value */
function encoding(value) {
  const label = value.trim().toLowerCase();
  return /^[\w.:-]{0,40}$/.test(label) ? label : null;
}

/** @param {string} value */
function header(value) {
  const line = value.trim().toLowerCase();
  if (/^(yes|true|on)$/.test(line)) return '1';
  if (/^(no|none|false|off)$/.test(line)) return '0';
  return /^\d{0,6}$/.test(line) ? line && String(Number(line)) : null;
}

/** @param {string} value */
function empty(value) {
  const word = value.trim().toLowerCase();
  return word === 'null' || word === '' ? word : null;
}
