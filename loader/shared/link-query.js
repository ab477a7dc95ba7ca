/**
 * Where the query of a link ends. A browser ends it at the first `#`, which may belong to an address
 * that was pasted into it as it is:
 *
 *   ?install=https://h/a-1.0-py3-none-any.whl#sha256=…          which file it has to be
 *   ?csv=https://docs.google.com/spreadsheets/d/ID/edit#gid=7   which sheet
 *
 * More options, and the fragment of a page, `#/db/table`, may follow.
 */

const PASTED = String.raw`(?:\.whl#sha256=[\da-f]{64}|\/\/docs\.google\.com\/[^&#]*#gid=\d+)(?=[&#]|$)`;
const WITH_PASTED = new RegExp(String.raw`^((?:[^#]*${PASTED})+[^#]*)(.*)$`, 'is');

/** What Google adds when cells are selected. */
const SELECTION = /(#gid=\d+)(?:&(?:range|fvid)=[^&#]*)+/gi;

/**
 * @param {{ search: string, hash: string }} link  as a browser takes it apart
 * @returns {{ search: string, hash: string }}
 */
export function linkQuery({ search, hash }) {
  if (!hash) return { search, hash };
  const [, query, fragment = ''] = WITH_PASTED.exec(search + hash) ?? [];
  return query === undefined ? { search, hash } : { search: query.replace(SELECTION, '$1'), hash: fragment };
}
