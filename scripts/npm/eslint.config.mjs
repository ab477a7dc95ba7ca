/** ESLint: its recommended rules, with each folder knowing the globals of where it runs. */
import { createRequire } from 'node:module';

// The packages are in build/npm/, which is not on this file's way up.
const require = createRequire(new URL('../../build/npm/package.json', import.meta.url));
/** @type {any} */
const js = require('@eslint/js');
/** @type {any} */
const globals = require('globals');

export default [
  { ignores: ['build/', 'vendor/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2025, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['loader/page/**', 'py/**'], languageOptions: { globals: globals.browser } },
  { files: ['sw.js', 'loader/worker/**'], languageOptions: { globals: globals.serviceworker } },
  { files: ['loader/shared/**'], languageOptions: { globals: globals['shared-node-browser'] } },
  { files: ['scripts/**'], languageOptions: { globals: globals.node } },
  { files: ['tests/**'], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
];
