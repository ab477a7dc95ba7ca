/** The prefix of a page's plan: everything of its path up to and including the plan. */

/**
 * A few lines in place of `parsePath`, which every page of Datasette would load six modules for.
 * @param {string} pagePath of a page below `app/`
 * @param {string} sitePath with both slashes
 * @returns {string} `/x/y/app/` or `/x/y/app/<plan>/`
 */
export function appPrefix(pagePath, sitePath) {
  const below = pagePath.slice(`${sitePath}app/`.length);
  return `${sitePath}app/${/^[^/]*=[^/]*\//.exec(below)?.[0] ?? ''}`;
}
