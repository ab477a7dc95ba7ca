/**
 * Join the modules of each entry into one file, with its source map.
 *
 * node join_modules.mjs JOB: path of a JSON file, see the typedef Job.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ esbuild: string, root: string, pages: string[], worker: string, globals: { [path: string]: string },
 *   library: { module: string, script: string, global: string }, output: string }} Job
 *   esbuild: path of the package's main module; root: the sources' folder, from which other paths go;
 *   pages: entries that stay modules; worker: the entry that becomes a classic script; globals: modules
 *   that are no part of it, and the variable that has their exports there; library: the one of them
 *   that becomes a script of its own; output: folder to write into
 */

/** Where the build puts what the release consists of. */
const FIRST_LINE = '// release';

/**
 * What precedes the worker's program. It was a module once. A browser that has that release takes this one
 * for a module, too, where there is no importScripts: then it makes way, and the page registers anew.
 * @param {string} script
 */
const beginning = (script) => `let isClassic = true;
try { importScripts('${script}'); } catch (error) { if (!(error instanceof TypeError)) throw error; isClassic = false; }
self.importScripts = undefined; // Pyodide refuses to run where there is one.
if (!isClassic) {
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil((async () => {
    await self.clients.claim();
    await self.registration.unregister();
    for (const client of await self.clients.matchAll({ type: 'window' })) client.navigate(client.url).catch(() => {});
  })()));
} else {`;

const [jobFile = ''] = process.argv.slice(2);
/** @type {Job} */
const { esbuild, root, pages, worker, globals, library, output } = JSON.parse(await readFile(jobFile, 'utf8'));
/** @type {typeof import('esbuild')} */
const { build } = (await import(pathToFileURL(esbuild).href)).default;

/** @type {import('esbuild').BuildOptions & { write: false }} */
const common = {
  absWorkingDir: root,
  bundle: true,
  external: ['node:*', 'ws'], // Pyodide asks for some, in Node only.
  minifyWhitespace: true,
  minifySyntax: true, // but names stay, for traces that people can read
  charset: 'utf8',
  sourcemap: true,
  legalComments: 'none', // vendor/licenses.txt has them all
  // Where the files will be served, seen from each other; they are written elsewhere.
  outdir: root,
  outbase: root,
  write: false,
  logLevel: 'error',
};

/**
 * Take the exports of some modules from global variables.
 * @type {import('esbuild').Plugin}
 */
const fromGlobals = {
  name: 'globals',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, resolveDir }) => {
      const found = relative(root, join(resolveDir, path));
      return found in globals ? { path: globals[found], namespace: 'globals' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'globals' }, ({ path }) => ({ contents: `module.exports = self.${path};` }));
  },
};

const made = await Promise.all([
  build({ ...common, entryPoints: pages, format: 'esm' }),
  build({
    ...common,
    entryPoints: [worker],
    format: 'iife',
    plugins: [fromGlobals],
    banner: { js: `${FIRST_LINE}\n${beginning(library.script)}` },
    footer: { js: '}' },
  }),
  build({
    ...common,
    entryPoints: { [library.script.replace(/\.js$/, '')]: library.module },
    format: 'iife',
    globalName: library.global,
    define: { 'import.meta.url': 'self.location.href' },
    banner: { js: "'use strict';" },
    sourcemap: false,
  }),
]);

for (const { path, contents } of made.flatMap(({ outputFiles }) => outputFiles)) {
  const target = join(output, relative(root, path));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, contents);
}
