/** Asking before code from elsewhere is fetched or run: what it is, from where, and what it could do. */
import { pluginTitle } from '../shared/plugin-request.js';
import { button, element, link } from './element.js';
import { setState, showFace } from './face.js';
import { SITE_PATH } from './site-root.js';
import { isFramed } from './worker-trouble.js';

/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {{ label: string, href: string }} Way */

/** A `data:` address may be megabytes long. */
const MOST_OF_ADDRESS = 300;

/** Digits of a hash that tell two files apart to the eye; all of them are in the details. */
const SHORT_HASH = 12;

/**
 * The face that asks.
 * @param {ForeignCode[]} code  at least one
 * @param {{ onAgree: () => Promise<void>, without: Way }} ways  without: how to go on without it
 */
export function showConsent(code, { onAgree, without }) {
  const says = element('p', { role: 'status' });
  const agreeing = button('Allow it and go on', async () => {
    agreeing.disabled = true;
    says.textContent = 'Opening it…';
    setState('loading');
    try {
      await onAgree();
    } catch (error) {
      agreeing.disabled = false;
      setState('failed');
      says.textContent = error instanceof Error ? error.message : String(error);
    }
  });
  showFace(
    'failed',
    'Allow code from elsewhere?',
    element(
      'div',
      { class: 'fault fault-asks consent', role: 'alert', 'data-code': 'consent-needed' },
      element('h1', {}, 'This link asks to run code from elsewhere'),
      element(
        'p',
        {},
        code.some(({ kind }) => kind === 'wheel' || kind === 'address')
          ? 'It is not among the plugins that were verified for this site. None of it has been fetched yet.'
          : 'It is not of this site, and nobody here has looked at it.',
      ),
      codeList(code),
      element('h2', {}, 'What it could do'),
      element(
        'p',
        {},
        'Whatever this site can: read all data that you opened here or that this browser keeps for this site, not only ' +
          'that of this link, change it, and send it to anybody, now and at later visits. It cannot reach other sites’ ' +
          'data, nor files of this device that you did not open here.',
      ),
      element('p', {}, 'Allow it only if you trust whoever made it. Your answer holds for exactly this code, until you take it back on the start page.'),
      element('div', { class: 'actions' }, link(without.href, without.label, 'button button-main'), isFramed() ? inOwnTab() : agreeing),
      says,
    ),
    element('div', { class: 'actions' }, link(SITE_PATH, 'Back to the start', 'button')),
  );
}

/** The page around a frame could lay something else over the button. */
function inOwnTab() {
  return element('a', { href: location.href, target: '_blank', rel: 'noopener', class: 'button' }, 'Decide in a tab of its own');
}

/**
 * What, from where, and exactly which.
 * @param {ForeignCode[]} code
 */
export function codeList(code) {
  return element('ul', { class: 'code-list' }, ...code.map((each) => element('li', {}, ...codeFacts(each))));
}

/**
 * One piece of code in words.
 * @param {ForeignCode} code
 * @returns {Node[]}
 */
export function codeFacts(code) {
  const from = code.from.length > MOST_OF_ADDRESS ? `${code.from.slice(0, MOST_OF_ADDRESS)}…` : code.from;
  if (code.kind === 'data') {
    const does = ' is verified, but runs whatever HTML and scripts the data of this link holds, as this site’s own.';
    return [element('p', {}, element('strong', {}, codeName(code)), does), element('p', { class: 'code-source' }, from)];
  }
  return [
    element('p', {}, element('strong', {}, codeName(code)), ` from ${hostOf(code.from)}${neededText(code)}`),
    ...(code.kind === 'configuration' ? [element('ul', {}, ...code.runs.map((each) => element('li', {}, each)))] : []),
    element(
      'p',
      { class: 'code-source' },
      from,
      element('br'),
      code.kind === 'address'
        ? 'Its content is not known before it is fetched.'
        : element('span', { title: code.key }, `SHA-256 ${code.key.slice(0, SHORT_HASH)}…`),
    ),
  ];
}

/** @param {ForeignCode} code */
export function codeName(code) {
  return code.kind === 'configuration' ? code.name : `${code.name} ${code.version}`;
}

/** @param {ForeignCode} code */
function neededText(code) {
  if (code.kind === 'configuration') return ', which makes every page load:';
  const others = code.wantedBy.map(pluginTitle).filter((title) => title !== codeName(code) && !title.startsWith(code.name));
  return others.length ? `, needed by ${others.join(' and ')}` : '';
}

/** @param {string} address */
function hostOf(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url?.host) return 'the link itself';
  return url.origin === location.origin ? 'this host' : url.host;
}
