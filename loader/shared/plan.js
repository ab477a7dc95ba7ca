/**
 * The plan: everything that defines one visit. Parsed and checked here, once, for pages and worker.
 *
 * A plan is written in three ways that lead to the same one:
 *   query    ?url=https://example.com/fixtures.db&memory=1       what people and old links write
 *   path     url=https:~2F~2Fexample.com~2Ffixtures.db&memory=1  one segment, what the address bar shows
 *   lite.json  {"url": ["https://example.com/fixtures.db"], "memory": "1"}
 *
 * ## Sources and their settings
 * Sources stay in the order given, whatever their kinds. What follows one and is named in
 * source-settings.js says how to read it: `?csv=a.csv&table=people&pk=id&url=b.db&csv=c.csv`. In
 * lite.json such a source is an object in a list:
 *
 *   {"sources": [{"csv": "a.csv", "table": "people", "fts": ["name", "notes"]}, {"url": "b.db"}]}
 *
 * ## How an address is decoded
 * It must reach its host byte for byte, and old links hold it both encoded and not:
 *
 *   ?url=https://h/refs%2Fmain/a.db          → https://h/refs%2Fmain/a.db     as it stands
 *   ?url=https%3A%2F%2Fh%2Frefs%252Fmain%2Fa → https://h/refs%2Fmain/a        decoded once
 *   ?url=https:%2F%2Fh%2Fa+b.db              → https://h/a b.db               decoded once, + is a space
 *   ?url=https://h/export?a=1%26b=2          → https://h/export?a=1&b=2       see below
 *
 * A value that begins with a bare `http://`, `https://` or `data:` was pasted as it was: its escapes and
 * its `+` belong to the address. Whoever encodes a value encodes its `://` too, so any other value is
 * read as a form would write it. One exception: a pasted address cannot hold `&`, so links
 * write it `%26`; within its query `%26name=` is that ampersand (data would have `%3D` there).
 *
 * @typedef {{ key: string, value: string }} PlanOption
 *
 * options: checked. Sources in the order given, each followed at once by its settings in the order of
 * SETTINGS; then the others in the order of OPTIONS, repeated ones as given. `app` is not among them.
 * @typedef {{ app: string, options: PlanOption[] }} Plan
 *
 * option: the name it came by, `csv`. settings: those that were given, by name.
 * @typedef {{ option: string, value: string, settings: Record<string, string> }} PlanSource
 *
 * @typedef {import('./checked-plan.js').Pair} Pair
 * @typedef {import('./options.js').Place} Place
 */

import { checkedPlan, DEFAULT_APP, inOrder, planSources } from './checked-plan.js';
import { configPairs, IN_CONFIG } from './config-pairs.js';
import { deviceFile } from './device-file.js';
import { formDecode, percentDecode, tildeDecode, tildeEncode, wellFormed } from './escapes.js';
import { OptionError } from './faults.js';
import { OPTIONS, optionNamed, takesAddress } from './options.js';
import { shortened } from './source-address.js';
import { fetchableUrl, fileNameOf } from './source-url.js';

export { optionNamed, OPTIONS, planSources };

/** @type {Place} */
const IN_LINK = {
  tried: (name, value) => `Could not use ?${shortened(name)}${value && `=${shortened(value)}`}`,
  advice: 'Correct the link and reload.',
};

/**
 * The plan that a query string asks for, or null when it asks for none.
 * @param {string} search  as in location.search
 * @param {readonly string[]} [apps]  names of the applications that this site has, when they are known
 * @returns {Plan | null}
 * Raises OptionError: unknown-option, bad-option.
 */
export function parseQuery(search, apps) {
  const pairs = pairsOf(search.replace(/^\?/, ''), decodedQueryValue);
  const said = pairs.filter(({ name }) => optionNamed(name)?.kind !== 'ignored');
  return said.length ? checkedPlan(said, IN_LINK, apps) : null;
}

/**
 * Takes an address under `app/` apart, or gives null for any other.
 *
 * prefix + path is the pathname, except that a missing slash after the plan is added to the prefix.
 * @param {string} pathname   as in URL.pathname
 * @param {string} scopePath  of the site, with both slashes
 * @param {readonly string[]} [apps]
 * @returns {{ plan: Plan | null, segment: string, prefix: string, path: string } | null}
 *   plan null: the site's own, also for a segment that asks for nothing (`memory=off`).
 *   segment as written, which may differ from planSegment(plan).
 *   path: the rest byte for byte, from its `/` on.
 * Raises OptionError: unknown-option, bad-option, bad-plan.
 */
export function parsePath(pathname, scopePath, apps) {
  const root = `${scopePath}app/`;
  if (!pathname.startsWith(root)) return null;
  const rest = pathname.slice(root.length);
  const segment = rest.split('/', 1)[0] ?? '';
  if (!segment.includes('=')) return { plan: null, segment: '', prefix: root, path: `/${rest}` };
  const plan = parseSegment(segment, apps);
  return {
    plan: planSegment(plan) ? plan : null,
    segment,
    prefix: `${root}${segment}/`,
    path: rest.slice(segment.length) || '/',
  };
}

/**
 * The plan as one path segment; '' for a plan that asks for nothing. Equal plans give equal strings.
 *
 * Made of letters, digits and `_-.:~+&=` only, so no browser, proxy or URL parser rewrites it.
 * @param {Plan} plan
 * @returns {string}
 */
export function planSegment(plan) {
  return writtenPairs(plan).map(({ key, value }) => `${key}=${tildeEncode(value)}`).join('&');
}

/**
 * The plan as a query string that parses back to it; '' for a plan that asks for nothing.
 * @param {Plan} plan
 * @returns {string}
 */
export function planQuery(plan) {
  const query = writtenPairs(plan).map(({ key, value }) => `${key}=${encodedQueryValue(value)}`).join('&');
  return query && `?${query}`;
}

/**
 * The plan in a site's lite.json: options as in the query, values strings or lists of strings, and
 * `sources`, a list of objects, each a source with its settings.
 * @param {unknown} json
 * @param {readonly string[]} [apps]
 * @returns {Plan}
 * Raises OptionError: unknown-option, bad-option, bad-plan.
 */
export function parseConfig(json, apps) {
  return checkedPlan(configPairs(json), IN_CONFIG, apps);
}

/**
 * The plan of these sources, for pages that make links.
 * @param {readonly Readonly<{ option: string, value: string, settings?: Readonly<Record<string, string>> }>[]} sources
 * @param {readonly PlanOption[]} [others]  what is no source: memory, metadata, setting…
 * @returns {Plan}
 * Raises OptionError: unknown-option, bad-option.
 */
export function planOf(sources, others = []) {
  const written = sources.flatMap(({ option, value, settings = {} }) => [[option, value], ...Object.entries(settings)]);
  const pairs = [...written, ...others.map(({ key, value }) => [key, value])];
  return checkedPlan(pairs.map(([name = '', value = '']) => ({ name, value, afterAddress: false })), IN_LINK);
}

/**
 * The `/app/` address for an old link's fragment: '#/db/table?_facet=x' → '/app/<plan>/db/table?_facet=x'.
 *
 * Anything but a path (an anchor, nothing) leads to the home page. The query in it is Datasette's.
 * @param {string} scopePath
 * @param {Plan | null} plan  null: the site's own
 * @param {string} fragment  as in location.hash
 * @returns {string} path and query, within the plan's prefix whatever `..` the fragment holds
 */
export function appPath(scopePath, plan, fragment) {
  const segment = plan ? planSegment(plan) : '';
  const prefix = `${scopePath}app${segment && `/${segment}`}`;
  const inner = fragment.replace(/^#/, '');
  if (!inner.startsWith('/')) return `${prefix}/`;
  // A parser of its own resolves dots before the prefix is there to be climbed out of.
  const { pathname, search, hash } = new URL(`http://app.invalid${inner}`);
  // Without a plan, a first part with `=` would be taken for one.
  const path = segment ? pathname : pathname.replace(/^\/[^/]*/, (part) => part.replaceAll('=', '%3D'));
  return prefix + path + search + hash;
}

/**
 * A short title for people: 'fixtures.db', 'fixtures.db + 2 more', 'in-memory database'.
 * @param {Plan} plan
 * @returns {string}
 */
export function describePlan(plan) {
  const sources = planSources(plan);
  const first = sources[0];
  if (first) {
    const name = shortened(sourceTitle(first));
    return sources.length > 1 ? `${name} + ${sources.length - 1} more` : name;
  }
  if (plan.options.some(({ key }) => key === 'memory')) return 'in-memory database';
  return plan.app === DEFAULT_APP ? 'Datasette' : plan.app;
}

/** @param {PlanSource} source */
function sourceTitle({ option, value, settings }) {
  const named = settings['name'] ?? settings['table'];
  if (named) return named;
  return (option === 'file' && deviceFile(value)?.name) || fileNameOf(fetchableUrl(value, option));
}

/** @param {string} segment @param {readonly string[]} [apps] */
function parseSegment(segment, apps) {
  // No plan is written with `%`: what is percent-encoded now was so by a program that passed the link on.
  // And a template that writes an address into a script escapes it as if it were HTML.
  const written = percentDecode(segment).replaceAll('&amp;', '&');
  try {
    return checkedPlan(pairsOf(written, (_, value) => tildeDecode(value)), IN_LINK, apps);
  } catch (error) {
    if (error instanceof URIError) throw new OptionError('bad-plan', { source: segment, cause: error });
    throw error;
  }
}

/**
 * @param {string} text  `name=value&name=value`
 * @param {(name: string, written: string) => string} decoded
 * @returns {Pair[]}
 */
function pairsOf(text, decoded) {
  let afterAddress = false;
  return text
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [, writtenName = '', writtenValue = ''] = /^([^=]*)=?([^]*)$/.exec(pair) ?? [];
      const name = formDecode(writtenName);
      const found = { name, value: decoded(name, writtenValue), afterAddress };
      if (optionNamed(name)) afterAddress = isPasted(writtenValue);
      return found;
    });
}

/** @param {string} name @param {string} written */
function decodedQueryValue(name, written) {
  const option = optionNamed(name);
  if (!option || !takesAddress(option) || !isPasted(written)) return formDecode(written);
  const query = /^http/i.test(written) ? written.indexOf('?') : -1;
  if (query < 0) return written;
  return written.slice(0, query) + written.slice(query).replace(/%26(?=[\w.~-]+=)/g, '&');
}

/** An address that was put into a query as it was, without encoding. @param {string} written */
function isPasted(written) {
  return /^(https?:\/\/|data:)/i.test(written);
}

/** Encoded whole, unless it reads the same either way; URL parsers would encode a `'`. @param {string} value */
function encodedQueryValue(value) {
  if (/^[\w.~:/?@!$()*,;=-]*$/.test(value)) return value;
  return encodeURIComponent(wellFormed(value)).replaceAll("'", '%27');
}

/** @param {Plan} plan @returns {PlanOption[]} */
function writtenPairs({ app, options }) {
  return [...(app === DEFAULT_APP ? [] : [{ key: 'app', value: app }]), ...inOrder(options)];
}
