/**
 * Runs compile_python.py inside Pyodide, so that its Python makes the bytecode it will load.
 *
 * Usage: node compile_python.mjs PYODIDE_FOLDER FOLDER
 * FOLDER holds jobs.json and the sources; the compiled files are written beside them.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [pyodideFolder = '', folder = ''] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')).href);
const python = await loadPyodide({ env: { PYTHONHASHSEED: '0' } }); // equal builds give equal bytes
python.mountNodeFS('/jobs', folder);
const program = join(dirname(process.argv[1] ?? ''), 'compile_python.py');
python.runPython(await readFile(program, 'utf8'), { filename: 'compile_python.py' });
