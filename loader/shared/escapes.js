/**
 * Percent- and tilde-encoding of text.
 *
 * Decoders here never invent characters: an escape that is not UTF-8 (`%FF`, `%zz`) stays as it was
 * written, where URLSearchParams would put U+FFFD and so ask the host for another file.
 */

// One character of UTF-8 as escapes. decodeURIComponent has the last word on overlong forms.
const ESCAPED_CHARACTER =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/gi;

/** Decode every `%XX` once; what is not UTF-8 stays. @param {string} text */
export function percentDecode(text) {
  return text.replace(ESCAPED_CHARACTER, (escape) => {
    try {
      return decodeURIComponent(escape);
    } catch {
      return escape;
    }
  });
}

/** As percentDecode, with `+` for a space, as forms write it. @param {string} text */
export function formDecode(text) {
  return percentDecode(text.replaceAll('+', ' '));
}

/**
 * Datasette's tilde-encoding (datasette.utils.tilde_encode), except that `.` and `:` stay too,
 * so that an address inside an address can still be read. A space becomes `+`.
 * @param {string} text
 */
export function tildeEncode(text) {
  return encodeURIComponent(wellFormed(text))
    .replace(/[~!*'()]/g, (mark) => '~' + mark.charCodeAt(0).toString(16).toUpperCase())
    .replaceAll('%3A', ':')
    .replaceAll('%20', '+')
    .replaceAll('%', '~');
}

/** Inverse of tildeEncode. Throws URIError where a tilde does not begin UTF-8. @param {string} text */
export function tildeDecode(text) {
  return text
    .replaceAll('+', ' ')
    .replace(/(?:~[\da-f]{2})+|~/gi, (run) => decodeURIComponent(run.replaceAll('~', '%')));
}

/** U+FFFD for every lone surrogate: no URL, file name or database can hold one. @param {string} text */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
