/** Which face `index.html` shows, by its own address. Started by the script in `index.html`. */
import { EngineError, toFault } from '../shared/faults.js';
import { parsePath } from '../shared/plan.js';
import { watchDrops } from './drops.js';
import { entryTarget } from './entry.js';
import { showFaults } from './fault-view.js';
import { isRoot, SITE_PATH, SITE_URL } from './site-root.js';

/** Agreeing to the code in a plan's configuration. */
const ALLOWING = /^#allow=(.*)$/;

/** The launcher for more data beside a plan. */
const ADDING = /^#add=(.*)$/;

/** The launcher with a plan to be changed. */
const BUILDING = /^#build=(.+)$/;

/** Show it, and keep it right while the visitor goes back and forth. */
export function start() {
  linkInstallation();
  watchDrops();
  void showFace();
  addEventListener('hashchange', () => {
    if (isRoot(location.pathname)) void showFace();
  });
  addEventListener('pageshow', (event) => {
    // Kept by the browser from an earlier visit, with a wait in it that nothing will end.
    if (event.persisted && document.documentElement.dataset.state === 'loading') location.reload();
  });
}

/** What a browser reads that installs the site as an app. `index.html` cannot know where it is. */
function linkInstallation() {
  for (const [rel, file] of [['manifest', 'app.webmanifest'], ['apple-touch-icon', 'icon-192.png']]) {
    document.head.append(Object.assign(document.createElement('link'), { rel, href: `${SITE_URL}loader/install/${file}` }));
  }
}

/** Each face is loaded when it is shown: the launcher must be there at once. */
async function showFace() {
  try {
    const target = entryTarget(location);
    if (target !== null && navigator.serviceWorker?.controller) return location.replace(target);
    // On a first visit nobody answers there yet but the host, which may know no 404.html.
    if (target !== null) history.replaceState(null, '', target);

    const { pathname } = location;
    const place = parsePath(pathname, SITE_PATH);
    if (place) return (await loaded(import('./boot-screen.js'))).showBootScreen(place);
    const allowing = ALLOWING.exec(location.hash);
    if (allowing && isRoot(pathname)) {
      return await (await loaded(import('./configuration-consent.js'))).showConfigurationConsent(allowing[1] ?? '');
    }
    const { showLauncher, showAdding, showBuilding } = await loaded(import('./launcher.js'));
    const adding = ADDING.exec(location.hash);
    if (adding && isRoot(pathname)) return await showAdding(adding[1] ?? '');
    const building = BUILDING.exec(location.hash);
    if (building && isRoot(pathname)) return await showBuilding(building[1] ?? '');
    showLauncher(isRoot(pathname) ? '' : pathname);
  } catch (error) {
    showFaults([toFault(error)], error instanceof EngineError ? () => location.reload() : null);
  }
}

/**
 * @template Face
 * @param {Promise<Face>} face
 * @returns {Promise<Face>}
 * @throws {EngineError} runtime-missing
 */
async function loaded(face) {
  try {
    return await face;
  } catch (cause) {
    throw new EngineError('runtime-missing', { cause });
  }
}
