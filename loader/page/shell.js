/** Which face `index.html` shows, by its own address. Started by the script in `index.html`. */
import { toFault } from '../shared/faults.js';
import { parsePath } from '../shared/plan.js';
import { showBootScreen } from './boot-screen.js';
import { entryTarget } from './entry.js';
import { showFaults } from './fault-view.js';
import { showLauncher } from './launcher.js';
import { SITE_PATH } from './site-root.js';

/** Show it, and keep it right while the visitor goes back and forth. */
export function start() {
  showFace();
  addEventListener('hashchange', () => {
    if (isRoot(location.pathname)) showFace();
  });
  addEventListener('pageshow', (event) => {
    // Kept by the browser from an earlier visit, with a wait in it that nothing will end.
    if (event.persisted && document.documentElement.dataset.state === 'loading') location.reload();
  });
}

function showFace() {
  try {
    const { pathname } = location;
    if (isRoot(pathname)) return showRoot();
    if (pathname === `${SITE_PATH}app`) return leaveFor(`${SITE_PATH}app/${location.search}${location.hash}`);
    const place = parsePath(pathname, SITE_PATH);
    if (place) void showBootScreen(place);
    else showLauncher(pathname);
  } catch (error) {
    showFaults([toFault(error)], null);
  }
}

function showRoot() {
  const target = entryTarget(location);
  if (target === null) showLauncher();
  else leaveFor(target);
}

/** @param {string} target  takes this address's place in the history */
function leaveFor(target) {
  location.replace(target);
}

/** @param {string} pathname */
function isRoot(pathname) {
  return pathname === SITE_PATH || pathname === `${SITE_PATH}index.html`;
}
