/**
 * Failures that a person will read.
 *
 * Five names, each saying who can act, the same in Python's errors module. A message is one line of
 * three parts, *what we tried: what happened. What to do.*:
 *
 *   new DownloadError('download-status', {
 *     tried: 'Could not download penguins.csv',
 *     happened: 'data.example answered 404',
 *   }).message
 *   // Could not download penguins.csv: data.example answered 404. Check the address and reload.
 *
 * A part that is not given comes from the table below, so every code has a whole message of its own.
 * Cloning an Error through postMessage loses its class and code, hence toFault and reviveFault.
 *
 * @typedef {'OptionError' | 'DownloadError' | 'DataError' | 'BrowserError' | 'EngineError'} FaultName
 *
 * What crosses postMessage. detail: more lines for those who want them, '' for none.
 * source: the address or option value that failed, as the visitor wrote it.
 * plugin: the value of `install=` that it is about, which may be left out.
 * @typedef {{ name: FaultName, code: string, message: string, detail: string, source?: string, plugin?: string }} Fault
 *
 * message replaces all three parts. Without a detail, the cause serves as one.
 * @typedef {{ tried?: string, happened?: string, advice?: string, message?: string,
 *             detail?: string, source?: string, plugin?: string, cause?: unknown }} Facts
 *
 * @typedef {keyof typeof CASES} FaultCode
 */

/**
 * @template {FaultName} N
 * @typedef {{ [K in FaultCode]: (typeof CASES)[K]['name'] extends N ? K : never }[FaultCode]} CodeOf
 */

/** What we tried, when the failing place gives no better words. @type {Record<FaultName, string>} */
const TRIED = {
  OptionError: 'Could not read this link',
  DownloadError: 'Could not download the data',
  DataError: 'Could not open the data',
  BrowserError: 'Could not start Datasette Lite in this browser',
  EngineError: 'Could not start Datasette Lite',
};

const CASES = /** @type {const} */ ({
  // OptionError: the visitor can act.
  'unknown-option': {
    name: 'OptionError',
    happened: 'it holds an option that Datasette Lite does not know',
    advice: 'Correct the link and reload.',
  },
  'bad-option': {
    name: 'OptionError',
    happened: 'one of its options has a value that cannot be used',
    advice: 'Correct the link and reload.',
  },
  'bad-plan': {
    name: 'OptionError',
    happened: 'its part after /app/ is damaged',
    advice: 'Ask for the link again, or begin at the start page.',
  },
  'unknown-column': {
    name: 'OptionError',
    happened: 'it names a column that the data does not have',
    advice: 'Correct pk=, fts= or drop= in the link and reload.',
  },
  'pk-not-unique': {
    name: 'OptionError',
    happened: 'several rows have the same value in the column that pk= names, or one has none',
    advice: 'Choose another pk=, or leave it out.',
  },
  'file-not-here': {
    name: 'OptionError',
    happened: 'it is a file of the device on which this link was made, and was never sent anywhere',
    advice: 'Choose the file here, or ask for a copy of it.',
  },
  'plugin-not-found': {
    name: 'OptionError',
    happened: 'no package index has a package of that name',
    advice: 'Correct install= in the link, or go on without it.',
  },
  'plugin-no-wheel': {
    name: 'OptionError',
    happened: 'there is no build of it, or of something that it needs, that runs in a browser',
    advice: 'Choose another version, or go on without it.',
  },
  'plugin-conflict': {
    name: 'OptionError',
    happened: 'it needs another version of something than what is here, and that may not change',
    advice: 'Choose another version of the plugin, or go on without it.',
  },
  'plugin-failed': {
    name: 'OptionError',
    happened: 'it ended with an error while it was loaded',
    advice: 'Choose another version, or go on without it.',
  },
  'ref-failed': {
    name: 'OptionError',
    happened: 'what Datasette Lite builds on is different in it',
    advice: 'Leave ref= out, or choose a release nearer to the site’s own.',
  },
  'plugin-not-allowed': {
    name: 'OptionError',
    happened: 'this site runs only the plugins that are verified for it',
    advice: 'Go on without it, or ask whoever runs this site.',
  },
  'consent-needed': {
    name: 'OptionError',
    happened: 'it is code from elsewhere that nobody here has agreed to',
    advice: 'Open the link in a window of its own, which asks.',
  },

  // DownloadError: the host of the data can act.
  'download-unreachable': {
    name: 'DownloadError',
    happened:
      'its host could not be reached, or does not let other sites read its files (CORS); a browser does not say which',
    advice: 'Check the address and your connection, then reload.',
  },
  'download-blocked': {
    name: 'DownloadError',
    happened: 'its host is up, but does not let other sites read this file (CORS)',
    advice:
      'Ask the host to send “Access-Control-Allow-Origin: *”, or put the file where that is so, for example on GitHub.',
  },
  'download-status': {
    name: 'DownloadError',
    happened: 'its host answered with an error',
    advice: 'Check the address and reload.',
  },
  'download-not-found': {
    name: 'DownloadError',
    happened: 'its host has no such file, or keeps it private',
    advice: 'Check the address in the link; if it opens in your browser, log in there, download the file and open it from this device.',
  },
  'download-forbidden': {
    name: 'DownloadError',
    happened: 'its host says that the file is private, or needs a login',
    advice: 'Nothing can be logged in from here: download the file there and open it from this device, or ask its owner to make it public.',
  },
  'download-too-often': {
    name: 'DownloadError',
    happened: 'its host was asked too often',
    advice: 'Wait some minutes, then try again.',
  },
  'download-interrupted': {
    name: 'DownloadError',
    happened: 'the connection broke before the whole file was here',
    advice: 'Reload to try again.',
  },
  'download-timeout': {
    name: 'DownloadError',
    happened: 'its host sent nothing for too long',
    advice: 'Reload to try again; if it happens again, the host is overloaded or down.',
  },
  'plugin-altered': {
    name: 'DownloadError',
    happened: 'what its host sent is not the file that was named, by its hash',
    advice: 'Do not use it: ask whoever made the link, or go on without it.',
  },

  'no-ranges': {
    name: 'DownloadError',
    happened: 'it is large, and its host does not send parts of files',
    advice: 'Write &fetch=whole after its address to download all of it, or ask for a smaller extract.',
  },
  'source-replaced': {
    name: 'DownloadError',
    happened: 'the database was replaced at its host just now',
    advice: 'Reload to see the new one.',
  },

  // DataError: whoever made the data can act.
  'not-sqlite': {
    name: 'DataError',
    happened: 'it is not a SQLite database',
    advice: 'Check that the address leads to the database file itself.',
  },
  'html-instead-of-data': {
    name: 'DataError',
    happened: 'its host sent a web page in place of the file, perhaps one to log in',
    advice: 'Open the address in a browser, look there for a “Download” or “Raw” link and use the address of that.',
  },
  'lfs-pointer': {
    name: 'DataError',
    happened: 'it is only a Git LFS pointer; the data itself is stored elsewhere',
    advice:
      'For a repository on GitHub use the address https://media.githubusercontent.com/media/<owner>/<repository>/<branch>/<path>.',
  },
  'database-truncated': {
    name: 'DataError',
    happened: 'the file is shorter than its own header says, so a part of it is missing',
    advice: 'Reload to download it again; if that does not help, the file at its host is damaged.',
  },
  'database-encrypted': {
    name: 'DataError',
    happened: 'the file is encrypted, or not a SQLite database at all',
    advice: 'Decrypt it with the program that made it and use the decrypted copy.',
  },
  'database-empty': {
    name: 'DataError',
    happened: 'the file is empty',
    advice: 'Check the address; if it is right, the file at its host is damaged.',
  },
  'too-large': {
    name: 'DataError',
    happened: 'it is larger than this browser can hold in memory',
    advice: 'Use a smaller extract of the data, or a computer with more memory.',
  },
  'data-empty': {
    name: 'DataError',
    happened: 'the file is empty',
    advice: 'Check that the address leads to the data itself.',
  },
  'no-rows': {
    name: 'DataError',
    happened: 'there is nothing in it that could become the rows of a table',
    advice: 'Use a file with a header and rows, or a list of objects.',
  },
  'unsupported-format': {
    name: 'DataError',
    happened: 'it is of a kind that cannot be read here',
    advice: 'Datasette Lite reads CSV, TSV, JSON, GeoJSON, Parquet, Excel (.xlsx), SQL and SQLite.',
  },
  'bad-archive': {
    name: 'DataError',
    happened: 'it cannot be unpacked, or holds no data',
    advice: 'Try again; if that does not help, unpack it and use the file itself.',
  },
  'bad-encoding': {
    name: 'DataError',
    happened: 'it holds bytes that are no letters in its encoding',
    advice: 'Name its encoding in the link, for example encoding=cp1252, or leave that out to have it detected.',
  },
  'bad-json': {
    name: 'DataError',
    happened: 'it is not valid JSON',
    advice: 'Try again; if that does not help, the file at its host is damaged.',
  },
  'bad-sql': {
    name: 'DataError',
    happened: 'one of its statements failed',
    advice: 'Correct the statement; SQL has to be that of SQLite.',
  },
  'bad-xlsx': {
    name: 'DataError',
    happened: 'it is no Excel file that can be read here',
    advice: 'If Excel opens it, save it anew as .xlsx, or as CSV.',
  },
  'bad-parquet': {
    name: 'DataError',
    happened: 'it is no Parquet file that can be read here',
    advice: 'Try again; if that does not help, save the data as CSV and use that.',
  },
  'bad-config': {
    name: 'DataError',
    happened: 'it is no configuration of Datasette, in JSON or YAML',
    advice: 'Correct it at the line that the message names.',
  },
  'too-many-columns': {
    name: 'DataError',
    happened: 'it has more columns than a table can have',
    advice: 'Check the delimiter, or drop columns where the file is made.',
  },
  'import-failed': {
    name: 'DataError',
    happened: 'SQLite refused its rows',
    advice: 'Look into the file, or try it with sqlite-utils on your own computer.',
  },
  'original-changed': {
    name: 'DataError',
    happened: 'the data that they were made in is gone from this browser, and its host has something else now',
    advice: 'Fetch the data again, which gives the changes up.',
  },
  'database-busy': {
    name: 'DataError',
    happened: 'a plugin has a transaction open in it',
    advice: 'Try again.',
  },

  // BrowserError: another browser, window or network helps.
  'no-service-worker': {
    name: 'BrowserError',
    happened: 'it offers no service workers, in which Datasette Lite runs',
    advice:
      'Open this address in a current Chrome, Edge, Firefox or Safari, outside of private mode and of the built-in browser of another app.',
  },
  'insecure-page': {
    name: 'BrowserError',
    happened: 'this page came over plain http, where browsers offer no service workers',
    advice: 'Open it with https:// in front, or through http://localhost.',
  },
  'private-mode': {
    name: 'BrowserError',
    happened: 'this looks like a private window, where this browser offers no service workers',
    advice: 'Open this address in a normal window.',
  },
  'worker-blocked': {
    name: 'BrowserError',
    happened: 'the browser refused to register the service worker',
    advice: 'Allow this site to store data (cookies) in the browser’s settings, then reload.',
  },
  'worker-script-not-javascript': {
    name: 'BrowserError',
    happened: 'something other than JavaScript came in place of sw.js, most often the page of a login or of a proxy',
    advice: 'Log in to the network or the site in another tab, then reload.',
  },
  'worker-silent': {
    name: 'BrowserError',
    happened: 'the service worker did not answer in time',
    advice: 'Close the other tabs of this site and reload; if that does not help, restart the browser.',
  },
  'reload-loop': {
    name: 'BrowserError',
    happened: 'the page was reloaded once already and the service worker still does not answer for it',
    advice: 'Reload without holding Shift; turn off browser extensions that block service workers.',
  },
  'storage-unavailable': {
    name: 'BrowserError',
    happened: 'the browser does not let this site store data, or its storage is full',
    advice: 'Free some space or allow this site to store data (cookies), then reload.',
  },
  'edit-not-saved': {
    name: 'BrowserError',
    happened: 'the browser did not store it',
    advice: 'Forget data that you no longer need on the start page, free some space or allow this site to store data, then try again.',
  },
  'query-too-large': {
    name: 'BrowserError',
    happened: 'it needs more of the database at the same time than fits into memory here, 500 MB',
    advice: 'Filter by an indexed column, or write &fetch=whole after the address of the database to download all of it.',
  },

  // EngineError: we can act.
  'runtime-missing': {
    name: 'EngineError',
    happened: 'a file of this site is missing',
    advice: 'Reload; if it happens again, the site must be built and uploaded anew.',
  },
  'runtime-corrupt': {
    name: 'EngineError',
    happened: 'a file of this site arrived altered',
    advice: 'Reload; if it happens again, the site must be built and uploaded anew.',
  },
  'app-failed': {
    name: 'EngineError',
    happened: 'the application ended with an error while it started',
    advice: 'The details below say more. Reload to try again.',
  },
  'app-not-found': {
    name: 'EngineError',
    happened: 'this site has no application of that name',
    advice: 'Correct app= in the link and reload.',
  },
  'boot-timeout': {
    name: 'EngineError',
    happened: 'it took too long',
    advice: 'Reload to try again; close other tabs if this computer is short of memory.',
  },
  unexpected: {
    name: 'EngineError',
    happened: 'something happened that was not foreseen',
    advice: 'Reload; if it happens again, please report it with the details below.',
  },
});

/** Every code and the name that goes with it; the README has a heading for each. @type {Readonly<Record<string, FaultName>>} */
export const FAULT_CODES = Object.freeze(
  Object.fromEntries(Object.entries(CASES).map(([code, { name }]) => [code, name])),
);

class FaultError extends Error {
  /**
   * @param {FaultCode} code
   * @param {Facts} [facts]
   */
  constructor(code, facts = {}) {
    super(facts.message ?? sentence(code, facts), 'cause' in facts ? { cause: facts.cause } : undefined);
    /** @readonly */
    this.code = code;
    /** What we tried, without what came of it. @readonly */
    this.tried = facts.tried;
    /** @readonly */
    this.detail = facts.detail;
    /** The value that failed, as the visitor wrote it. @readonly */
    this.source = facts.source;
    /** The plugin that it is about, as the link asks for it. @readonly */
    this.plugin = facts.plugin;
  }
}

/** The visitor can act: the link or lite.json asks for something that is not there. */
export class OptionError extends FaultError {
  /** @param {CodeOf<'OptionError'>} code @param {Facts} [facts] */
  constructor(code, facts) {
    super(code, facts);
    this.name = /** @type {const} */ ('OptionError');
  }
}

/** The host of the data can act. */
export class DownloadError extends FaultError {
  /** @param {CodeOf<'DownloadError'>} code @param {Facts} [facts] */
  constructor(code, facts) {
    super(code, facts);
    this.name = /** @type {const} */ ('DownloadError');
  }
}

/** Whoever made the data can act. */
export class DataError extends FaultError {
  /** @param {CodeOf<'DataError'>} code @param {Facts} [facts] */
  constructor(code, facts) {
    super(code, facts);
    this.name = /** @type {const} */ ('DataError');
  }
}

/** Another browser, window or network helps. */
export class BrowserError extends FaultError {
  /** @param {CodeOf<'BrowserError'>} code @param {Facts} [facts] */
  constructor(code, facts) {
    super(code, facts);
    this.name = /** @type {const} */ ('BrowserError');
  }
}

/** We can act: the site or the program is at fault. */
export class EngineError extends FaultError {
  /** @param {CodeOf<'EngineError'>} code @param {Facts} [facts] */
  constructor(code, facts) {
    super(code, facts);
    this.name = /** @type {const} */ ('EngineError');
  }
}

const CLASSES = { OptionError, DownloadError, DataError, BrowserError, EngineError };

/**
 * The plain object that crosses postMessage, for anything that was thrown.
 * What is neither one of ours nor a Fault already is our bug: EngineError `unexpected`.
 * @param {unknown} error
 * @returns {Fault}
 */
export function toFault(error) {
  if (error instanceof FaultError) return fromOurs(error);
  if (isFault(error)) return error;
  const headline = lastLine(error instanceof Error ? error.message : String(error));
  const kind = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  return fromOurs(
    new EngineError('unexpected', {
      tried: 'Datasette Lite failed',
      happened: kind + headline.replace(/\.$/, ''),
      detail: report(error),
    }),
  );
}

/**
 * An Error of the right class again, from the other side of postMessage or from Python. A name
 * that this release does not know becomes an EngineError; code and message stay as they came.
 * @param {Fault} fault
 * @returns {FaultError}
 */
export function reviveFault({ name, code, message, detail, source, plugin }) {
  const Named = Object.hasOwn(CLASSES, name) ? CLASSES[name] : EngineError;
  // The code may be one of a newer release or of Python's: the compiler cannot know it.
  const about = { ...(source !== undefined && { source }), ...(plugin !== undefined && { plugin }) };
  return new Named(/** @type {never} */ (code), { message, detail, ...about });
}

/** @param {FaultCode} code @param {Facts} facts */
function sentence(code, facts) {
  const { name, happened, advice } = CASES[code];
  return `${facts.tried ?? TRIED[name]}: ${facts.happened ?? happened}. ${facts.advice ?? advice}`;
}

/** @param {FaultError} error @returns {Fault} */
function fromOurs(error) {
  return {
    name: /** @type {FaultName} */ (error.name),
    code: error.code,
    message: error.message,
    detail: error.detail || (error.cause === undefined ? '' : report(error.cause)),
    ...(error.source !== undefined && { source: error.source }),
    ...(error.plugin !== undefined && { plugin: error.plugin }),
  };
}

/** @param {unknown} value @returns {value is Fault} */
function isFault(value) {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  const { name, code, message, detail } = /** @type {Record<string, unknown>} */ (value);
  return Object.hasOwn(CLASSES, String(name)) && [code, message, detail].every((part) => typeof part === 'string');
}

/** Message and stack; only Chromium repeats the message in the stack. @param {unknown} error */
function report(error) {
  if (!(error instanceof Error)) return String(error);
  const headline = `${error.name}: ${error.message}`;
  const stack = error.stack ?? '';
  return stack.includes(error.message) ? stack : `${headline}\n${stack}`.trim();
}

/** Python's tracebacks say what happened in their last line. @param {string} message */
function lastLine(message) {
  const lines = message.trim().split('\n');
  return (message.startsWith('Traceback ') ? lines.at(-1) : lines[0]) || 'no reason was given';
}
