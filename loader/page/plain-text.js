/** Text that somebody is to judge: what would hide or reorder other characters is shown by its number. */

/** Controls, marks of direction, spaces of no width, and letters that show nothing. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu;

/**
 * 'a\u202eb' → 'a⟨U+202E⟩b'. Whoever wrote the text must not choose what it looks like.
 * @param {string} text
 * @returns {string}
 */
export function plainText(text) {
  return text.replaceAll('\r\n', '\n').replace(UNSEEN, (each) => `⟨U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
