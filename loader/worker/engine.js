/** One engine: one Python interpreter running one application for one plan. */
import { release } from '../../vendor/release.js';
import { EngineError, reviveFault, toFault } from '../shared/faults.js';
import { optionNamed, planQuery, planSources } from '../shared/plan.js';
import { withConsents } from './config-consent.js';
import { dataRunners, requireDataConsent } from './data-consent.js';
import { datasetteRequest, isOwnDatasette, releaseFault } from './datasette-release.js';
import { Exchange } from './exchange.js';
import { endInterpreter } from './interpreter.js';
import { openPlanFiles } from './plan-files.js';
import { IMPORTED_FOLDER } from './plan-places.js';
import { keepCookies, planRecord } from './plan-store.js';
import { isArchive } from './packed.js';
import { ParquetFiles } from './parquet-files.js';
import { installPlugins, preparePlugins } from './plugins.js';
import { addPacks, prepareNextStart, startPython } from './python-runtime.js';
import { SITE_URL } from './site.js';
import { isFresh, loadSources } from './sources.js';

/** @typedef {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI} PyodideAPI */
/** @typedef {import('./plan-files.js').PlanFiles} PlanFiles */
/** @typedef {import('./plan-places.js').Place} Place */
/** @typedef {import('./engines.js').OnProgress} OnProgress */
/** @typedef {import('../shared/foreign-code.js').ConsentNeeded} ConsentNeeded */
/** @typedef {import('./data-consent.js').DataRunner} DataRunner */
/** @typedef {import('../shared/faults.js').Fault} Fault */
/** @typedef {import('../shared/protocol.js').Stage} Stage */
/**
 * @typedef {{ serve(exchange: Exchange): Promise<void>, shutdown(): Promise<void>, staticPaths: string[],
 *   isDurable: boolean }} Server what `datasette_lite.entry.start` gives; isDurable: it answers a write
 *   when that is in storage
 */

/**
 * Longest time for Python or the application to start without a word of progress, in milliseconds. On a slow phone an honest
 * start takes under a minute; a corrupt interpreter never settles.
 */
const START_DEADLINE_MS = 180_000;

/** Time for answers and progress to leave the worker before Python keeps its thread. */
const FLUSH_MS = 30;

/** Time that a first page and what it loads are left alone. */
const QUIET_MS = 3000;

/** Options of plans that start with the modules of the memory image alone. */
const NEEDS_NO_MODULES = new Set(['url', 'memory']);

export class Engine {
  #server;
  #prefix;
  #python;
  /** Settles when the answer that was begun last has ended, and all before it. @type {Promise<unknown>} */
  #atRest = Promise.resolve();
  #files;
  #late;
  #atWork = 0;
  /** Whether a write was accepted. */
  #accepted = false;

  /**
   * @param {Server} server
   * @param {string} prefix
   * @param {PyodideAPI} python what the server runs in
   * @param {PlanFiles} files
   * @param {readonly string[]} code keys of what it runs beside the site's own code
   * @param {readonly DataRunner[]} dataRunners
   * @param {Awaited<ReturnType<typeof startPython>>['late']} late what the interpreter still lacks
   */
  constructor(server, prefix, python, files, code, dataRunners, late) {
    this.#server = server;
    this.#prefix = prefix;
    this.#python = python;
    this.#files = files;
    this.#late = late;
    /** What the visitor may have agreed to, and may take back. */
    this.code = code;
    /** Plugins that run what data holds. */
    this.dataRunners = dataRunners;
    /** Whether the interpreter failed, as when memory ran out: it will answer nothing any more. */
    this.broken = false;
  }

  /** Whether something was changed that ends with this engine. */
  get edited() {
    return this.#server.isDurable ? this.#files.isUnsaved : this.#accepted;
  }

  /** Whether it shows what is not so: another is to be started. */
  get isSpent() {
    return this.#files.isSpent;
  }

  /** Whether storage has changes that were made in the plan's databases. */
  get hasEdits() {
    return this.#files.hasEdits;
  }

  /** Whether a request is being answered. */
  get busy() {
    return this.#atWork > 0;
  }

  /**
   * Whether a request asks for a file that changes only with the release or the plan.
   * @param {Request} request
   */
  isStatic(request) {
    const path = new URL(request.url).pathname.slice(this.#prefix.length - 1);
    return this.#server.staticPaths.some((each) => path.startsWith(each));
  }

  /**
   * Answer a request. Resolves at the start of the answer; its body may still stream.
   * @param {Request} request
   * @param {(streaming: Promise<void>) => void} onStreaming given what resolves at the answer's end
   * @returns {Promise<Response>}
   */
  async handle(request, onStreaming) {
    if (this.#late.isHere) return this.#serve(request, onStreaming);
    const isFirst = request.method === 'GET' && (request.mode === 'navigate' || this.isStatic(request));
    if (!isFirst) {
      await this.#late.arrive();
      return this.#serve(request, onStreaming); // Once: it may be a write.
    }
    // What reports a failure may lack a module, too.
    const answer = await this.#serve(request, onStreaming).catch(() => null);
    if (answer && !this.#late.isMissed) return answer;
    await Promise.all([answer?.body?.cancel(), this.#late.arrive()]);
    return this.#serve(request, onStreaming);
  }

  /**
   * @param {Request} request
   * @param {(streaming: Promise<void>) => void} onStreaming
   */
  async #serve(request, onStreaming) {
    const exchange = new Exchange(request, this.#prefix);
    this.#atWork += 1;
    // The Python side answers an application's errors itself: what is thrown is the interpreter's end.
    const served = Promise.resolve(this.#server.serve(exchange)).catch((error) => {
      this.broken = this.#late.isHere;
      throw error;
    });
    const ended = Promise.race([served.catch(() => {}), exchange.waitGone()]);
    this.#atRest = Promise.all([this.#atRest, ended]);
    onStreaming(ended.finally(() => (this.#atWork -= 1)));
    const answer = await Promise.race([exchange.answer, served.then(() => exchange.answer)]);
    if (request.method !== 'GET' && request.method !== 'HEAD' && answer.status < 400) this.#accepted = true;
    return answer;
  }

  /** End the application as a server's shutdown would, then its interpreter. */
  async close() {
    try {
      if (!this.broken) await this.#server.shutdown();
    } finally {
      this.#files.close();
      void this.#atRest.then(() => endInterpreter(this.#python));
    }
  }
}

/**
 * Start the engine of a plan: runtime and data are fetched at the same time, then Python starts,
 * then the application.
 * @param {Place} place
 * @param {OnProgress} onProgress
 * @param {{ fresh?: boolean }} how fresh: ask every host for its data anew
 * @returns {Promise<Engine>}
 * @throws {EngineError | ConsentNeeded} runtime-missing, runtime-corrupt, app-failed, app-not-found, boot-timeout; consent-needed
 */
export async function bootEngine(place, onProgress, { fresh = false }) {
  const { plan, segment } = place;
  const app = Object.hasOwn(release.apps, plan.app) ? release.apps[plan.app] : undefined;
  if (!app) {
    const advice = `This site has ${Object.keys(release.apps).join(', ')}.`;
    throw new EngineError('app-not-found', { tried: `Could not start ?app=${plan.app}`, advice });
  }
  const opening = openPlanFiles(segment);
  try {
    return await bootApp(place, app, opening, fresh, onProgress);
  } catch (error) {
    await opening.then((files) => files.close());
    throw error;
  }
}

/**
 * @param {Place} place
 * @param {import('../../vendor/release.js').ReleaseApp} app
 * @param {Promise<PlanFiles>} opening
 * @param {boolean} fresh
 * @param {OnProgress} onProgress
 */
async function bootApp(place, app, opening, fresh, onProgress) {
  const { plan, segment, prefix } = place;
  const runtime = stage('runtime', onProgress);
  const opened = planRecord(segment);
  const loading = Promise.all([opened, opening]).then(([{ usedAt }, files]) =>
    loadData(plan, files, { segment, usedAt, fresh }, stage('data', onProgress)),
  );
  const beforeBoot = async () => {
    await loading;
    onProgress({ type: 'progress', stage: 'python', items: [] });
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  };
  const preparing = preparePlugins(place, { fresh }, runtime);
  // Where no wheel has to be looked for, the question comes before Python does.
  const asking = Promise.all([loading, opening, preparing]).then(([{ sources }, files, order]) =>
    requireDataConsent(order?.loaded ? dataRunners(order.loaded.map(({ wheel }) => wheel), order.index) : [], place, sources, files.imported?.fetchedAt),
  );
  const request = datasetteRequest(plan);
  const starting = inTime('Python', (heard) => startPython(app, heardFirst(heard, runtime), beforeBoot, request === null ? null : isOwnDatasette));
  try {
    const [record, files, { sources: loaded, isImported }, order, { python, late }] = await Promise.all([opened, opening, loading, preparing, starting, asking]);
    if (order || !plan.options.every(({ key }) => NEEDS_NO_MODULES.has(key))) await late.arrive(runtime);
    await addPacks(python, await extraPacks(loaded), runtime);
    const plugins = order ? await inTime('the plugins', (heard) => installPlugins(python, order, app.module, heardFirst(heard, runtime))) : [];
    const runners = order ? dataRunners(plugins.map((plugin) => ({ ...plugin, wantedBy: plugin.wanted_by })), order.index) : [];
    const agreed = await requireDataConsent(runners, place, loaded, files.imported?.fetchedAt);
    onProgress({ type: 'progress', stage: 'app', items: [] });
    const sources = await withConsents(loaded, segment);
    files.useFileSystem(python.FS);
    const parquet = new ParquetFiles(python.FS);
    const placed = await Promise.all(sources.map((source) => placeFile(python.FS, files, parquet, source)));
    await files.mountStored(isImported);
    const entry = python.pyimport('datasette_lite.entry');
    const launch = {
      module: app.module,
      options: plan.options.map(({ key, value }) => [key, value]),
      query: segment && planQuery(plan),
      base_url: prefix,
      site_url: SITE_URL,
      secret: record.secret,
      cookies: record.cookies,
      release: { id: release.id, version: release.version, datasette: release.datasette },
      sources: placed,
      plugins,
      only_verified: release.plugins.onlyVerified,
      imported_folder: IMPORTED_FOLDER,
      stored_import: isImported ? files.imported?.outcome : null,
    };
    const saveCookies = (/** @type {string} */ cookies) => keepCookies(record, cookies);
    const readParquet = (/** @type {string} */ path) => parquet.batches(path);
    const importing = stage('app', onProgress);
    const start = () =>
      inTime(app.title, (heard) => entry.start(JSON.stringify(launch), saveCookies, readParquet, files, heardFirst(heard, importing)));
    // What reports a failure may lack a module, too.
    let started = await start().catch((error) => (late.isHere ? Promise.reject(error) : null));
    if (!started || (started.faults && late.isMissed)) {
      await late.arrive();
      started = await start();
    }
    // Seconds later, as the page's own requests come first.
    setTimeout(() => void late.arrive().then(() => prepareNextStart(app)).catch(() => {}), QUIET_MS);
    const explained = (/** @type {Fault} */ fault) => (request === null ? null : releaseFault(fault, request, plugins)) ?? reviveFault(fault);
    return new Engine(serverOf(started, explained), prefix, python, files, [...codeOf(plugins, sources), ...agreed], runners, late);
  } catch (error) {
    starting.then(({ python }) => endInterpreter(python), () => {});
    throw error;
  }
}

/**
 * Load the plan's sources, but for those that are in storage as tables of a database already.
 * @param {import('../shared/plan.js').Plan} plan
 * @param {PlanFiles} files
 * @param {{ segment: string, usedAt: number, fresh: boolean }} freshness
 * @param {import('./sources.js').OnItem} onItem
 */
async function loadData(plan, files, { segment, usedAt, fresh }, onItem) {
  const { imported } = files;
  // The site's own list of sources may be another by now.
  const isSame = imported && isSameList(imported.sources, planSources(plan).filter(({ option }) => option !== 'url'));
  const isGood =
    imported && !fresh && (files.isImportEdited || (isSame && imported.isComplete && isFresh({ usedAt, fetchedAt: imported.fetchedAt })));
  const isImported = Boolean(isGood && (await files.hasImported()));
  const sources = await loadSources(plan, { segment, files, usedAt, fresh, isImported }, onItem);
  const toImport = sources.filter(({ option }) => option !== 'url' && isSource(option));
  if (imported && !isImported) {
    // Changes are not given up for data that could not be fetched after all.
    const isAllHere = toImport.every(({ option, isNew }) => option === 'file' || isNew);
    if (fresh && !isAllHere && files.isImportEdited && (await files.hasImported())) return { sources, isImported: true };
    if (fresh || !files.isImportEdited) await files.forgetImport();
  }
  files.sources = toImport.map(({ option, value, settings, original }) => ({ option, value, settings, original: Boolean(original) }));
  return { sources, isImported };
}

/**
 * @param {readonly { option: string, value: string, settings?: object }[]} stored settings: not of the first imports
 * @param {readonly { option: string, value: string, settings: object }[]} wanted
 */
function isSameList(stored, wanted) {
  const hasSettings = stored.every(({ settings }) => settings);
  const facts = (/** @type {typeof stored} */ sources) =>
    JSON.stringify(sources.map(({ option, value, settings }) => (hasSettings ? [option, value, settings] : [option, value])));
  return facts(stored) === facts(wanted);
}

/**
 * Progress, and a sign of life.
 * @param {() => void} heard
 * @param {(name: string, done: number, total: number | null, rows?: number) => void} onItem
 */
function heardFirst(heard, onItem) {
  return (/** @type {[string, number, number | null, number?]} */ ...progress) => {
    heard();
    onItem(...progress);
  };
}

/**
 * Keys of `loader/shared/foreign-code.js`, of the site's own plugins too.
 * @param {readonly { name: string, sha256: string }[]} plugins
 * @param {readonly { sha256?: string, agreed?: boolean }[]} sources
 */
function codeOf(plugins, sources) {
  return [...plugins, ...sources.filter(({ agreed }) => agreed)].flatMap(({ sha256 }) => sha256 ?? []);
}

/** Whether it brings data, rather than configuration. @param {string} option */
function isSource(option) {
  return optionNamed(option)?.kind === 'source';
}

/** What only some data needs: a workbook is a zip archive. @param {import('./sources.js').LoadedSource[]} sources */
async function extraPacks(sources) {
  const { xlsx } = release.extras;
  const archives = await Promise.all(sources.map(async ({ option, bytes }) => isSource(option) && bytes && isArchive(bytes)));
  return xlsx && archives.includes(true) ? [xlsx] : [];
}

/**
 * Put a source where Python finds it.
 * @param {import('../../vendor/pyodide/pyodide.mjs').PyodideAPI['FS']} FS
 * @param {PlanFiles} files
 * @param {ParquetFiles} parquet
 * @param {import('./sources.js').LoadedSource & { sha256?: string, agreed?: boolean }} source
 * @returns what `datasette_lite.launch.LoadedSource` is made from
 */
async function placeFile(FS, files, parquet, source) {
  const { path, bytes, parquetFile, original, remote, isOriginalKept, option, value, settings, url, redirected, size, fetched, fault, sha256, agreed } = source;
  const facts = { option, value, settings, url, redirected, path, size, fetched, fault, sha256, agreed, is_remote: Boolean(remote) };
  if (path && original) {
    try {
      await files.mount(path, original, isOriginalKept);
    } catch (error) {
      return { ...facts, path: null, fault: { ...toFault(error), source: value } };
    }
  } else if (path && remote) {
    files.mountRemote(path, remote);
  } else if (path && parquetFile) {
    await parquet.mount(path, parquetFile);
  } else if (path && bytes) {
    FS.mkdirTree(path.replace(/\/[^/]*$/, ''));
    // canOwn: the file is this memory, not a copy of it.
    FS.writeFile(path, bytes, { canOwn: true });
    // Its memory is free once Python has removed the file.
    source.bytes = null;
  }
  return facts;
}

/**
 * @param {any} started a proxy of `datasette_lite.entry.Started`, kept as long as the engine: its
 *   functions live with it
 * @param {(fault: Fault) => Error} explained
 * @returns {Server}
 * @throws {AggregateError} of the faults that kept the application from starting
 */
function serverOf(started, explained) {
  if (started.faults) throw new AggregateError(JSON.parse(started.faults).map(explained));
  return {
    serve: (exchange) => started.serve(exchange),
    shutdown: () => started.shutdown(),
    staticPaths: JSON.parse(started.static_paths),
    isDurable: started.is_durable,
  };
}

/**
 * @param {Stage} name
 * @param {OnProgress} onProgress
 * @returns {(name: string, done: number, total: number | null, rows?: number) => void}
 */
function stage(name, onProgress) {
  /** @type {Map<string, import('../shared/protocol.js').ProgressItem>} */
  const items = new Map();
  return (item, done, total, rows) => {
    items.set(item, { name: item, done, total, ...(rows !== undefined && { rows }) });
    onProgress({ type: 'progress', stage: name, items: [...items.values()] });
  };
}

/**
 * @template T
 * @param {string} what
 * @param {(heard: () => void) => Promise<T>} start calls `heard` at every sign of life
 * @returns {Promise<T>}
 * @throws {EngineError} boot-timeout
 */
async function inTime(what, start) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = Promise.withResolvers();
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const message = `Could not start ${what} within ${START_DEADLINE_MS / 1000} seconds. Close other tabs and try again.`;
      late.reject(new EngineError('boot-timeout', { message }));
    }, START_DEADLINE_MS);
  };
  heard();
  try {
    return /** @type {T} */ (await Promise.race([start(heard), late.promise]));
  } finally {
    clearTimeout(timer);
  }
}
