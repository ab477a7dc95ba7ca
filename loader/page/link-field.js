/** The launcher's field: it takes any link or pasted data and says at once what that is. */
import { planQuery } from '../shared/plan.js';
import { recognise } from '../shared/recognise.js';
import { button, element } from './element.js';
import { openFiles } from './file-intake.js';
import { goToJoinedPlan, goToPlan, pastedPlan } from './plan-opening.js';
import { recognisedText } from './recognised-text.js';
import { SITE_PATH, SITE_URL } from './site-root.js';
import { siteOwnPlan } from './site-own-plan.js';

/** @typedef {import('../shared/plan.js').Plan} Plan */
/** @typedef {import('../shared/recognise.js').Recognised} Recognised */

const WHAT_IT_TAKES = 'SQLite, CSV, TSV, JSON, Parquet, Excel or SQL; pages of such files on GitHub, Gist or Google Sheets too.';

const NOT_A_LINK = 'This is not a whole link yet. It looks like https://example.com/data.db';

/** More than this many characters, pasted at once, would keep a text field busy for seconds. */
const MOST_SHOWN = 200_000;

/** What is shown of such a text. */
const SHOWN = 2_000;

/**
 * It judges what is in it at once, but complains about half a link only when asked to open it.
 * @param {{ open: Plan | null, onMore: ((plan: Plan) => void) | null }} how
 *   open: what to add to; null to open by itself. onMore: given a plan about which more can be said
 */
export function linkField({ open, onMore }) {
  const input = element('textarea', {
    id: 'link',
    rows: '1',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    placeholder: 'https://',
    'aria-describedby': 'link-says',
  });
  const text = element('span', {}, WHAT_IT_TAKES);
  const more = button('More options', () => tellMore(), 'button button-quiet');
  const says = element('p', { id: 'link-says', class: 'link-says', role: 'status' }, text);
  const submit = element('button', { class: 'button button-main' }, open ? 'Add' : 'Open');
  const form = element(
    'form',
    { class: 'link-form', action: SITE_PATH },
    element('label', { for: 'link' }, 'Paste a link or data'),
    element('div', { class: 'link-row' }, input, submit),
    element('div', { class: 'link-about' }, says, more),
  );
  more.hidden = true;
  /** A text of which the field shows only the beginning. */
  let long = { shown: '', text: '' };
  const content = () => (long.shown && input.value === long.shown ? long.text : input.value);

  /** @param {boolean} isFinal */
  const judge = (isFinal) => {
    const found = recognise(content(), SITE_URL);
    const isWrong = found?.kind === 'refused' || (isFinal && !found);
    const isEmpty = !input.value.trim();
    const unclear = isFinal ? (isEmpty ? 'Paste a link or data first.' : NOT_A_LINK) : isEmpty ? WHAT_IT_TAKES : '';
    input.setAttribute('aria-invalid', String(isWrong));
    says.classList.toggle('link-wrong', isWrong);
    text.textContent = found ? recognisedText(found, content()) : unclear;
    more.hidden = !onMore || (found?.kind !== 'link' && found?.kind !== 'links');
    return found;
  };
  const tellMore = () => {
    const found = judge(false);
    if (onMore && found && 'plan' in found && found.plan) onMore(found.plan);
  };
  const say = (/** @type {unknown} */ error) => {
    text.textContent = error instanceof Error ? error.message : String(error);
    says.classList.add('link-wrong');
  };

  input.addEventListener('input', () => {
    fitHeight(input);
    judge(false);
  });
  input.addEventListener('keydown', (event) => {
    // Enter opens a link; in data of several lines it begins another, unless Ctrl is held.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    if (input.value.trim().includes('\n') && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    form.requestSubmit();
  });
  input.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const files = [...(event.clipboardData?.files ?? [])];
    if (text.length <= MOST_SHOWN && (text || !files.length)) return;
    event.preventDefault();
    if (!text) return void openFiles(files, open);
    long = { shown: `${text.slice(0, SHOWN)}\n…`, text };
    input.value = long.shown;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const found = judge(true);
    if (!found || found.kind === 'refused') return input.focus();
    submit.disabled = true;
    openFound(found, content(), open)
      .catch(say)
      .finally(() => (submit.disabled = false));
  });

  return {
    form,
    /** @param {string} link  dropped or chosen elsewhere */
    take(link) {
      input.value = link;
      fitHeight(input);
      judge(true);
      submit.focus();
    },
  };
}

/**
 * @param {Exclude<Recognised, { kind: 'refused' }>} found
 * @param {string} text
 * @param {Plan | null} open
 */
async function openFound(found, text, open) {
  if (found.kind === 'pasted' && !found.plan) return openFiles([new File([text], `pasted.${found.format}`)], open);
  const plan = found.kind === 'pasted' ? pastedPlan(found) : (found.plan ?? (await siteOwnPlan()));
  if (open) return goToJoinedPlan(open, plan);
  // Pasted data is in the address: nobody but this browser need see it.
  if (found.kind === 'pasted') return goToPlan(plan);
  location.assign('href' in found ? found.href : SITE_PATH + planQuery(plan));
}

/** As high as its content, up to what the style sheet allows. @param {HTMLTextAreaElement} input */
function fitHeight(input) {
  input.style.height = 'auto';
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
}
