/** Values of Parquet's types as text and numbers: moments, times of day, decimals, intervals. */

/** @typedef {import('../../vendor/npm/hyparquet/index.js').SchemaElement} SchemaElement */
/** @typedef {import('../../vendor/npm/hyparquet/index.js').SchemaTree} SchemaTree */
/** @typedef {(value: any) => unknown} Refined of a value as it is stored, never null */

const DAY_MS = 86_400_000;

/** How many of each unit are a second, and how many digits its fractions have. */
const UNITS = {
  MILLIS: { perSecond: 1_000, digits: 3 },
  MICROS: { perSecond: 1_000_000, digits: 6 },
  NANOS: { perSecond: 1_000_000_000, digits: 9 },
};

/** Decimal digits that a float keeps exactly. */
const FLOAT_DIGITS = 15;

/** Powers of ten up to this one are floats without a remainder, so that dividing by them rounds once. */
const EXACT_POWER = 22;

/**
 * What the reader is to leave alone, because it would lose digits or refuse the file: annotations
 * that `refinement` knows.
 * @param {SchemaElement} element
 * @returns {SchemaElement}
 */
export function plainElement(element) {
  const kind = element.logical_type?.type ?? element.converted_type;
  if (kind !== 'DECIMAL' && kind !== 'INTERVAL' && kind !== 'BSON') return element;
  return { ...element, converted_type: undefined, logical_type: undefined };
}

/** Has the reader hand over what is stored. */
export const STORED = {
  timestampFromMilliseconds: (/** @type {any} */ count) => count,
  timestampFromMicroseconds: (/** @type {any} */ count) => count,
  timestampFromNanoseconds: (/** @type {any} */ count) => count,
  dateFromDays: (/** @type {any} */ days) => days,
  jsonFromBytes: (/** @type {any} */ bytes) => bytes && textOf(bytes),
};

/** What a VARIANT holds says its type itself, value by value; what it says of time zones is not told. */
export const VARIANT = {
  timestampFromMilliseconds: momentsOf('MILLIS', ''),
  timestampFromMicroseconds: momentsOf('MICROS', ''),
  timestampFromNanoseconds: momentsOf('NANOS', ''),
  dateFromDays: dayText,
};

/**
 * What is to be done with the values of a column that was read with `STORED`.
 * @param {SchemaTree} tree of the column, with its annotations
 * @returns {Refined | undefined} undefined: nothing
 */
export function refinement(tree) {
  const { element, children } = tree;
  const [child] = children;
  if (!child) return leafRefinement(element);
  if (element.converted_type === 'LIST' && children.length === 1) {
    const each = refinement(child.children.length === 1 ? /** @type {SchemaTree} */ (child.children[0]) : child);
    return each && everyItem(each);
  }
  if (element.converted_type === 'MAP' && children.length === 1) return mapRefinement(child);
  const fields = children.flatMap((field) => {
    const refined = repeated(field);
    return refined ? [/** @type {[string, Refined]} */ ([field.element.name, refined])] : [];
  });
  if (!fields.length) return undefined;
  return (value) => {
    for (const [name, refined] of fields) value[name] = isMissing(value[name]) ? null : refined(value[name]);
    return value;
  };
}

/** A field may be there several times without being called a list. @param {SchemaTree} tree */
function repeated(tree) {
  const refined = refinement(tree);
  return refined && tree.element.repetition_type === 'REPEATED' ? everyItem(refined) : refined;
}

/** @param {Refined} refined @returns {Refined} */
function everyItem(refined) {
  return (/** @type {unknown[]} */ values) => values.map((value) => (isMissing(value) ? null : refined(value)));
}

/** @param {SchemaTree} entry of one key and one value @returns {Refined | undefined} */
function mapRefinement(entry) {
  const [key, value] = entry.children.map(refinement);
  if (!key && !value) return undefined;
  const named = (/** @type {string} */ name) => (key && /^-?\d+$/.test(name) ? String(key(numberOf(name))) : name);
  return (map) => Object.fromEntries(Object.entries(map).map(([name, each]) => [named(name), value && !isMissing(each) ? value(each) : each]));
}

/** What the reader made text of, to make it the name of a key. @param {string} text */
function numberOf(text) {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

/** @param {unknown} value */
function isMissing(value) {
  return value === null || value === undefined;
}

/** @param {SchemaElement} element @returns {Refined | undefined} */
function leafRefinement({ type, converted_type: old, logical_type: logical, scale }) {
  // Of the annotations of before 2018 all are of moments in UTC; INT96 never says.
  if (logical?.type === 'TIMESTAMP') return momentsOf(logical.unit, logical.isAdjustedToUTC ? '+00:00' : '');
  if (old === 'TIMESTAMP_MILLIS') return momentsOf('MILLIS', '+00:00');
  if (old === 'TIMESTAMP_MICROS') return momentsOf('MICROS', '+00:00');
  if (type === 'INT96') return momentsOf('NANOS', '');
  if (logical?.type === 'TIME') return timesOf(logical.unit);
  if (old === 'TIME_MILLIS') return timesOf('MILLIS');
  if (old === 'TIME_MICROS') return timesOf('MICROS');
  if (logical?.type === 'DATE' || old === 'DATE') return dayText;
  if (logical?.type === 'DECIMAL' || old === 'DECIMAL') return (value) => decimal(value, scale ?? 0);
  if (old === 'INTERVAL') return intervalText;
  return undefined;
}

/**
 * Moments as ISO 8601 text, which sorts as they do: fractions only where there are any, and a zone
 * that is less than any fraction, which `Z` is not.
 * @param {keyof typeof UNITS} unit they are counted in, since 1970
 * @param {string} zone
 * @returns {Refined} null for years that cannot be written
 */
function momentsOf(unit, zone) {
  const { perSecond } = UNITS[unit];
  const time = timesOf(unit);
  const perDay = perSecond * 86_400;
  return (count) => {
    // Numbers are many times faster than BigInts. Beyond 2^53 they would round.
    const number = Number(count);
    let day, rest;
    if (Number.isSafeInteger(number)) {
      day = Math.floor(number / perDay);
      rest = number - day * perDay;
    } else {
      const most = BigInt(perDay);
      const part = ((BigInt(count) % most) + most) % most;
      day = Number((BigInt(count) - part) / most);
      rest = Number(part);
    }
    const text = dayText(day);
    return text && `${text}T${time(rest)}${zone}`;
  };
}

/** @type {Map<number, string | null>} */
const dayTexts = new Map();

/** A few centuries: what is kept must not grow for ever. */
const MOST_DAYS = 100_000;

/** @param {number} day since 1970 @returns {string | null} */
function dayText(day) {
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toJSON()?.slice(0, -'T00:00:00.000Z'.length) ?? null;
    if (dayTexts.size > MOST_DAYS) dayTexts.clear();
    dayTexts.set(day, text);
  }
  return text;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Times of day. @param {keyof typeof UNITS} unit @returns {(count: number | bigint) => string} */
function timesOf(unit) {
  const { perSecond, digits } = UNITS[unit];
  return (count) => {
    const number = Number(count);
    const seconds = Math.floor(number / perSecond);
    const minutes = Math.floor(seconds / 60);
    const text = `${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
    return text + fraction(number - seconds * perSecond, digits);
  };
}

/** `.250` or nothing: three, six or nine digits. @param {number} count @param {number} digits */
function fraction(count, digits) {
  if (count === 0) return '';
  const text = String(count).padStart(digits, '0');
  return `.${text.replace(/(?:000)+$/, '')}`;
}

/**
 * A number, if that is exactly what is written in the file; otherwise its digits as text.
 * @param {number | bigint | Uint8Array} stored how many units of 10^-scale
 * @param {number} scale
 * @returns {number | bigint | string}
 */
function decimal(stored, scale) {
  const whole = stored instanceof Uint8Array ? signed(stored) : stored;
  const number = Number(whole);
  if (Math.abs(number) < 10 ** FLOAT_DIGITS && scale >= 0 && scale <= EXACT_POWER) return number / 10 ** scale;
  const text = BigInt(whole).toString();
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(scale + 1, '0').padEnd(text.length - sign.length - Math.min(scale, 0), '0');
  const point = digits.length - Math.max(scale, 0);
  const after = digits.slice(point).replace(/0+$/, '');
  if (!after) return BigInt(sign + digits.slice(0, point));
  const exact = `${sign}${digits.slice(0, point)}.${after}`;
  return exact.replace(/^[-0.]+|\./g, '').length <= FLOAT_DIGITS ? Number(exact) : exact;
}

/** A number in two's complement, the highest byte first. @param {Uint8Array} bytes */
function signed(bytes) {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** ISO 8601: `P1M2DT0.003S`. @param {Uint8Array} bytes months, days and milliseconds */
function intervalText(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days, ms] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  return `P${months}M${days}DT${ms / 1000}S`;
}

const UTF_8 = new TextDecoder();

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  return UTF_8.decode(bytes);
}
