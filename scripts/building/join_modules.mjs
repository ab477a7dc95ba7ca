/**
 * Join the modules of each entry into one file, with its source map.
 *
 * node join_modules.mjs JOB: path of a JSON file with
 * esbuild: path of the package's main module; root: the sources' folder; entries and apart: paths
 * from there, apart being modules that stay files of their own; output: folder to write into.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ esbuild: string, root: string, entries: string[], apart: string[], output: string }} Job */

const [jobFile = ''] = process.argv.slice(2);
/** @type {Job} */
const { esbuild, root, entries, apart, output } = JSON.parse(await readFile(jobFile, 'utf8'));
/** @type {typeof import('esbuild')} */
const { build } = (await import(pathToFileURL(esbuild).href)).default;

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: entries,
  bundle: true,
  format: 'esm',
  external: [...apart.map((path) => `./${path}`), 'node:*', 'ws'], // Pyodide asks for some, in Node only.
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
});

for (const { path, contents } of outputFiles) {
  const target = join(output, relative(root, path));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, contents);
}
