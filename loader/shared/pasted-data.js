/**
 * Data that was pasted as text: which format it has, and the link that holds it.
 *
 * @typedef {'csv' | 'tsv' | 'json' | 'sql'} PastedFormat
 *
 * dataUrl: null when the text is too long for a link; then keep it as a file of this device.
 * @typedef {{ format: PastedFormat, dataUrl: string | null }} PastedData
 */

/**
 * A link holds the data in its path, a third longer as base64, and every link on a page repeats it.
 * Many hosts answer no address longer than 8 KB (nginx's default), and that is where a shared link leads.
 */
export const MOST_BYTES_IN_LINK = 4000;

const MEDIA_TYPES = { csv: 'text/csv', tsv: 'text/tab-separated-values', json: 'application/json', sql: 'application/sql' };

// The words that begin a script which makes something; a query alone fills no table.
const SQL =
  /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(?:create\s+(?:temp\w*\s+|unique\s+|virtual\s+)*(?:table|view|index|trigger)\b|(?:insert|replace)\s+(?:or\s+\w+\s+)?into\b|begin(?:\s+\w+)*\s*;|pragma\s+\w|drop\s+(?:table|view)\b|alter\s+table\b|delete\s+from\b|update\s+\S+\s+set\b)/i;

/**
 * What a text is, or null when it is no data.
 * @param {string} text
 * @returns {PastedData | null}
 * Throws SyntaxError for JSON that is damaged.
 */
export function pastedData(text) {
  const format = formatOf(text.trim());
  return format && { format, dataUrl: dataUrl(text, MEDIA_TYPES[format]) };
}

/** @param {string} text  trimmed @returns {PastedFormat | null} */
function formatOf(text) {
  if (SQL.test(text)) return 'sql';
  if (/^(?:\{\s*["}]|\[\s*[[{"\]\d-])/.test(text)) {
    checkJson(text);
    return 'json';
  }
  const [first = '', second] = text.split(/\r\n?|\n/, 2);
  if (second === undefined || text.startsWith('<')) return null;
  return first.includes('\t') ? 'tsv' : 'csv';
}

/** One document, or one in each line. @param {string} text */
function checkJson(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    const lines = text.split(/\r\n?|\n/).filter((line) => line.trim());
    if (lines.length < 2 || !isJson(lines[0] ?? '')) throw error;
    for (const line of lines) JSON.parse(line);
  }
}

/** @param {string} text */
function isJson(text) {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

/** @param {string} text @param {string} mediaType @returns {string | null} */
function dataUrl(text, mediaType) {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MOST_BYTES_IN_LINK) return null;
  return `data:${mediaType};base64,${btoa(String.fromCharCode(...bytes))}`;
}
