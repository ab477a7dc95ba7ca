/**
 * A stand-in for the site's worker: no Python, but the same protocol and the same answers to
 * navigations. The page's own query says how it behaves: `?fake=slow`.
 */
const root = new URL('./', self.location.href);
const up = new Set();
const asks = [];
let agreements = [];
let opens = 0;

const RUNTIME = [
  { name: 'Python 3.14', total: 5_900_000 },
  { name: 'Standard library', total: 2_400_000 },
  { name: 'Datasette', total: 3_700_000 },
];
const DATA = [
  { name: 'fixtures.db', total: 245_760 },
  { name: 'a long name of a database about something or other.sqlite3', total: null },
];

const CODE = [
  {
    kind: 'wheel',
    redirected: 'https://mirror.example/datasette_foreign-1.0-py3-none-any.whl',
    key: '6aca6a40f0b244d6d05548bfff94a99f0ef96bd5b89ade241f0d389f7a01a063',
    name: 'datasette-foreign',
    version: '1.0',
    from: 'https://files.packages.example/1a/2b/datasette_foreign-1.0-py3-none-any.whl',
    wantedBy: ['datasette-foreign'],
  },
  {
    kind: 'address',
    key: 'address:https://evil.example/x-2.0-py3-none-any.whl',
    name: 'x',
    version: '2.0',
    from: 'https://evil.example/x-2.0-py3-none-any.whl',
    wantedBy: ['https://evil.example/x-2.0-py3-none-any.whl'],
  },
];

self.addEventListener('install', () => {});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const { type } = event.data;
  if (type === 'take-over') return self.skipWaiting();
  if (type !== 'agreements') asks.push(type);
  event.waitUntil(answer(event.data, (reply) => event.ports[0].postMessage(reply)));
});

async function answer(message, reply) {
  const { type } = message;
  const fake = message.url ? (new URL(message.url).searchParams.get('fake') ?? '') : '';
  if (type === 'hello') {
    return reply({ type: 'welcome', protocol: self.fakeProtocol ?? 3, release: 'fake', version: '0.1.0' });
  }
  if (type === 'keep-alive') return reply({ type: 'alive' });
  if (type === 'agree') agreements = message.code.map((code) => ({ ...code, at: Date.now() }));
  if (type === 'revoke') agreements = agreements.filter(({ key }) => !message.keys.includes(key));
  if (['agree', 'revoke', 'agreements'].includes(type)) return reply({ type: 'agreements', agreements });
  if (type === 'saved-changes') return reply({ type: message.url.includes('changed') ? 'edited' : 'nothing-edited' });
  if (type === 'carry-changes') return reply({ type: 'carried' });
  if (type === 'edit-state' || type === 'stored-edits') return reply({ type: 'nothing-edited' });
  opens += 1;
  if (fake === 'consent' && !agreements.length) return reply({ type: 'consent', code: CODE });
  if (fake === 'silent' || (fake === 'dies' && opens === 1)) return;
  if (fake.startsWith('fail') && type === 'open') return reply({ type: 'failed', faults: faults(fake) });
  for (const step of [0, 0.3, 0.52, 1]) {
    reply({ type: 'progress', stage: 'runtime', items: RUNTIME.map((item) => ({ ...item, done: item.total * step })) });
    if (fake !== 'stored') reply({ type: 'progress', stage: 'data', items: DATA.map((item) => ({ ...item, done: (item.total ?? 1e6) * step })) });
    if (fake === 'slow' && step === 0.52) return;
  }
  reply({ type: 'progress', stage: 'python', items: [] });
  const imported = { name: 'people.csv', done: 31_400_000, total: 100_000_000, rows: 299_000 };
  reply({ type: 'progress', stage: 'app', items: fake === 'starting' ? [imported] : [] });
  if (fake === 'starting') return;
  up.add(new URL(message.url).pathname);
  reply({ type: 'ready' });
}

function faults(fake) {
  const first = {
    name: 'DownloadError',
    code: 'download-status',
    message: 'Could not download penguins.db: data.example answered 404. Check the address after ?url= and reload.',
    detail: 'https://data.example/penguins.db\n404 Not Found <b>not markup</b>',
    source: 'https://data.example/penguins.db',
  };
  const second = {
    name: 'DataError',
    code: 'not-sqlite',
    message: 'Could not open notes.db: it is not a SQLite database. Check that the address leads to the database file itself.',
    detail: '',
  };
  return fake === 'fail2' ? [first, second] : [first];
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.pathname === `${root.pathname}asks`) return event.respondWith(Response.json(asks));
  if (!url.pathname.startsWith(`${root.pathname}app/`)) return;
  event.respondWith(appAnswer(url));
});

async function appAnswer(url) {
  const fake = url.searchParams.get('fake');
  if (!up.has(url.pathname) || fake === 'forgetful') {
    const shell = await fetch(`${root.pathname}index.html`);
    return new Response(shell.body, { headers: { 'content-type': 'text/html; charset=utf-8' } });
  }
  if (fake === 'download') {
    return new Response('a,b\n1,2\n', { headers: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="t.csv"' } });
  }
  const html =
    `<!doctype html><title>App</title><h1>App page</h1><p>${url.pathname}</p>` +
    `<button type="button" data-lite-action="refetch">Fetch again</button>` +
    (fake === 'plain' ? '' : `<script type="module" src="${root.pathname}loader/page/app-page.js"></script>`);
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
