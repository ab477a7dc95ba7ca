/** Asking before code from elsewhere is fetched or run: what it is, from where, and what it could do. */
import { pluginTitle } from '../shared/plugin-request.js';
import { button, element, link } from './element.js';
import { setState, showFace } from './face.js';
import { plainText } from './plain-text.js';
import { SITE_PATH } from './site-root.js';
import { isFramed } from './worker-trouble.js';

/** @typedef {import('../shared/foreign-code.js').ForeignCode} ForeignCode */
/** @typedef {{ label: string, href: string }} Way */

/** A `data:` address may be megabytes long. */
const MOST_OF_ADDRESS = 300;

/**
 * The button that agrees takes no press before this: a second click, meant for what was here before,
 * must not agree. People need longer to read the first sentence.
 */
const READING_MS = 1_000;

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
  becomesActive(agreeing);
  showFace(
    'failed',
    'Allow code from elsewhere?',
    element(
      'div',
      { class: 'fault fault-asks consent', role: 'alert', 'data-code': 'consent-needed' },
      element('h1', {}, 'This link asks to run code from elsewhere'),
      element('p', {}, introduction(code)),
      codeList(code),
      element('h2', {}, 'What it could do'),
      element(
        'p',
        {},
        'Whatever this site can: read all data that you opened here or that this browser keeps for this site, not only ' +
          'that of this link, change it, and send it to anybody, now and at later visits. That includes what any other page of ' +
          `${location.host} keeps in this browser, whoever made it: browsers do not keep pages of one host apart. It cannot reach ` +
          'the data of other hosts, nor files of this device that you did not open here.',
      ),
      element('p', {}, `Allow it only if you trust whoever made it. ${lasting(code)}`),
      isFramed() && element('p', {}, FRAMED),
      element('div', { class: 'actions' }, link(without.href, without.label, 'button button-main'), isFramed() ? inOwnTab() : agreeing),
      says,
    ),
    element('div', { class: 'actions' }, link(SITE_PATH, 'Back to the start', 'button')),
  );
}

/** @param {ForeignCode[]} code */
function introduction(code) {
  const has = (/** @type {ForeignCode['kind'][]} */ ...kinds) => code.some(({ kind }) => kinds.includes(kind));
  if (has('address') || code.some((each) => each.kind === 'wheel' && !each.redirected)) {
    return 'It is not among the plugins that were verified for this site. None of it has run, and what you were not asked about before has not been fetched.';
  }
  if (has('wheel')) return 'It came from another host than the link names. None of it has run yet.';
  if (has('data')) return 'The plugin was verified for this site, but what it would run is in the data of this link, which nobody here has looked at.';
  if (has('query')) return 'The plugin was verified for this site, but it would run what the query in this link makes, which nobody here has looked at.';
  return 'It is in a file of this link’s, not of this site, and nobody here has looked at it.';
}

/**
 * How far the answer reaches. What runs parts of the data does so with that of any later link; but a verified
 * plugin asks each time.
 * @param {ForeignCode[]} code
 */
function lasting(code) {
  const isForeign = code.some(({ kind }) => kind !== 'data' && kind !== 'query');
  const until = 'until you take it back on the start page';
  if (!isForeign) return `Your answer holds for exactly this, ${until}.`;
  return `Your answer holds for exactly this code, in every link that asks for it and with whatever data that brings, ${until}.`;
}

/** Let a button be pressed once the page has been in front of somebody for a moment. @param {HTMLButtonElement} agreeing */
function becomesActive(agreeing) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const begin = () => {
    clearTimeout(timer);
    agreeing.disabled = true;
    if (document.visibilityState === 'visible') timer = setTimeout(() => (agreeing.disabled = false), READING_MS);
  };
  begin();
  const again = () => {
    if (agreeing.isConnected && document.documentElement.dataset.state === 'failed') begin();
  };
  document.addEventListener('visibilitychange', again);
  // Under another window a page may count as visible; the first press there was meant for that window.
  addEventListener('focus', again);
}

const FRAMED =
  'This page is shown inside a page of another site, which could lay something over the button; and browsers keep what is ' +
  'answered in a frame apart. So it cannot be allowed here. In a tab of its own the link opens with it, and remembers your answer.';

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
  const from = shortened(code.from);
  if (code.kind === 'data' || code.kind === 'query') {
    const what = code.kind === 'data' ? 'the data of this link holds' : 'the results of the query in this link hold';
    const does = ` is verified, but runs whatever HTML and scripts ${what}, as this site’s own.`;
    return [element('p', {}, element('strong', {}, codeName(code)), does), element('p', { class: 'code-source' }, from)];
  }
  return [
    element('p', {}, element('strong', {}, codeName(code)), ` from ${hostsOf(code)}${neededText(code)}`),
    ...(code.kind === 'configuration' ? [element('ul', {}, ...code.runs.map((each) => element('li', {}, plainText(each), textOf(code.texts?.[each]))))] : []),
    element(
      'p',
      { class: 'code-source' },
      from,
      element('br'),
      ...('redirected' in code && code.redirected ? [`which led to ${shortened(code.redirected)}`, element('br')] : []),
      code.kind === 'address'
        ? 'Its content is not known before it is fetched.'
        : element('span', { title: code.key }, `SHA-256 ${code.key.slice(0, SHORT_HASH)}…`),
    ),
    ...('tried' in code && code.tried ? [element('p', {}, verdictText(code.name, code.tried))] : []),
  ];
}

/** @param {string} name @param {import('../shared/foreign-code.js').Tried} tried */
function verdictText(name, { version, reason, instead }) {
  return `It is known not to work here: ${name} ${version} was tried. ${reason}${instead ? ` Instead, there is ${instead}, which is verified.` : ''}`;
}

/** What a configuration would put on pages, for those who can read it. @param {string | undefined} text */
function textOf(text) {
  if (!text) return null;
  return element('details', {}, element('summary', {}, 'Show it'), element('pre', { tabindex: '0' }, plainText(text)));
}

/** @param {string} address */
function shortened(address) {
  return plainText(address.length > MOST_OF_ADDRESS ? `${address.slice(0, MOST_OF_ADDRESS)}…` : address);
}

/** Who was asked, and who answered. @param {ForeignCode} code */
function hostsOf(code) {
  const asked = hostOf(code.from);
  return 'redirected' in code && code.redirected ? `${hostOf(code.redirected)}, to which ${asked} led` : asked;
}

/** @param {ForeignCode} code */
export function codeName(code) {
  return plainText(code.kind === 'configuration' ? code.name : `${code.name} ${code.version}`);
}

/** @param {ForeignCode} code */
function neededText(code) {
  if (code.kind === 'configuration') return ', which would bring to every page:';
  const others = code.wantedBy.map(pluginTitle).filter((title) => title !== codeName(code) && !title.startsWith(code.name));
  return others.length ? `, needed by ${others.join(' and ')}` : '';
}

/** @param {string} address */
function hostOf(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url?.host) return 'the link itself';
  return url.origin === location.origin ? 'this host' : url.host;
}
