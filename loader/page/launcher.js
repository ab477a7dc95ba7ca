/** The launcher: a field for a link, and things to begin with. It loads no Python. */
import { toFault } from '../shared/faults.js';
import { beginnings } from './beginnings.js';
import { button, element, link } from './element.js';
import { showFace } from './face.js';
import { faultCard } from './fault-view.js';
import { linkKind } from './link-kind.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { onUpdateReady } from './worker-registration.js';
import { whyUnsupported } from './worker-trouble.js';

/**
 * @param {string} [missing]  the address that led here although nothing is there
 */
export function showLauncher(missing = '') {
  const notices = element('div', { class: 'notices' });
  showFace(
    'launcher',
    missing ? 'Not found' : '',
    ...(missing ? notFound(missing) : introduction()),
    notices,
    linkForm(),
    beginnings(),
  );
  const trouble = whyUnsupported();
  if (trouble) notices.append(faultCard(toFault(trouble), 'h2'));
  void offerUpdate(notices);
  void showVersion();
}

function introduction() {
  return [
    element('h1', {}, 'Explore a database in your browser'),
    element(
      'p',
      { class: 'lead' },
      'Datasette Lite runs the whole of Datasette, with tables, facets, search, SQL and editing, inside this browser. ' +
        'The data stays on your device, and what you change is your own copy.',
    ),
  ];
}

/** @param {string} address */
function notFound(address) {
  return [
    element('h1', {}, 'There is nothing at this address'),
    element(
      'p',
      { class: 'lead' },
      'This site has no page ',
      element('code', {}, address),
      '. You can begin here, or at ',
      link(SITE_PATH, 'its start page'),
      '.',
    ),
  ];
}

/** The field judges what is in it at once, but complains about half a link only when asked to open it. */
function linkForm() {
  const input = element('input', {
    id: 'link',
    name: 'url',
    type: 'text',
    inputmode: 'url',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    placeholder: 'https://',
    'aria-describedby': 'link-says',
  });
  const says = element('p', { id: 'link-says', class: 'link-says', role: 'status' });
  const form = element(
    'form',
    { class: 'link-form', action: SITE_PATH },
    element('label', { for: 'link' }, 'Link to a SQLite database'),
    element('div', { class: 'link-row' }, input, element('button', { class: 'button button-main' }, 'Open')),
    says,
  );

  const judge = (/** @type {boolean} */ isFinal) => {
    const kind = linkKind(input.value, SITE_URL);
    const isWrong = kind.kind === 'refused' || (isFinal && (kind.kind === 'unfinished' || kind.kind === 'empty'));
    input.setAttribute('aria-invalid', String(isWrong));
    says.className = isWrong ? 'link-says link-wrong' : 'link-says';
    const text = kind.kind === 'empty' ? (isFinal ? 'Paste a link first.' : '') : kind.says;
    says.textContent = isWrong || 'href' in kind ? text : '';
    return kind;
  };
  input.addEventListener('input', () => judge(false));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const kind = judge(true);
    if ('href' in kind) location.assign(kind.href);
    else input.focus();
  });
  return form;
}

/** @param {HTMLElement} notices */
async function offerUpdate(notices) {
  await onUpdateReady((takeOver) => {
    const use = button('Use it now', () => {
      use.disabled = true;
      takeOver();
    });
    notices.replaceChildren(element('p', { class: 'update', role: 'status' }, 'A new version is ready. ', use));
  });
}

/** Which releases these are, at the foot of the page. */
async function showVersion() {
  const place = document.querySelector('[data-part=version]');
  if (!navigator.onLine) return;
  const { release } = await import(`${SITE_URL}vendor/release.js`).catch(() => ({ release: null }));
  if (release && place) {
    place.textContent = `Datasette Lite ${release.version} with Datasette ${release.datasette} and Python ${release.python}`;
  }
}
