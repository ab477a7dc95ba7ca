/** What every face of the shell stands in: header, main part, footer, title and state. */
import { takeDrops } from './drops.js';
import { element, link } from './element.js';
import { openFiles } from './file-intake.js';
import { SITE_PATH } from './site-root.js';

/** @typedef {'launcher' | 'loading' | 'ready' | 'failed'} State */

const NAME = 'Datasette Lite';

/**
 * Show one face in place of the one before. Files that are dropped on it are opened, unless it takes them itself.
 * @param {State} state  read by other people's scripts: `<html data-state>`
 * @param {string} title  of the window; '' for the site's own name
 * @param {...Node} content
 */
export function showFace(state, title, ...content) {
  takeDrops({ says: 'Drop to open', takeFiles: (files) => void openFiles(files) });
  document.body.replaceChildren(header(), element('main', { class: 'shell-main' }, ...content), footer());
  document.title = title ? `${title} – ${NAME}` : NAME;
  setState(state);
}

/** @param {State} state */
export function setState(state) {
  document.documentElement.dataset.state = state;
}

function header() {
  const icon = document.querySelector('link[rel=icon]')?.getAttribute('href') ?? null;
  const home = link(SITE_PATH, '', 'shell-home');
  home.append(icon ? element('img', { src: icon, alt: '', width: '28', height: '28' }) : '', NAME);
  return element('header', { class: 'shell-header' }, home);
}

function footer() {
  return element(
    'footer',
    { class: 'shell-footer' },
    element(
      'p',
      {},
      link('https://datasette.io/', 'Datasette'),
      ' is open source, and so is this site. It has no server: what you open stays in this browser.',
    ),
    element('p', { class: 'shell-version', 'data-part': 'version' }),
  );
}
