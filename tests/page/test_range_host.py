"""loader/worker/range-host.js: where parts of a release's file are asked for."""

from __future__ import annotations

from tests.page.conftest import BlankPage

#: A host whose links to a file expire, as GitHub's do.
BEGIN = """
  const { RangeHost } = await import('/loader/worker/range-host.js');
  const API = 'https://api.github.com/repos/o/r/releases';
  const file = new Uint8Array(1000).map((_, index) => index % 251);
  const asked = [];
  let ticket = 1;
  const before = self.fetch;
  const part = ({ range }) => {
    const [, first, last] = /=([0-9]+)-([0-9]+)/.exec(range).map(Number);
    const headers = { 'content-range': `bytes ${first}-${last}/1000` };
    return new Response(file.slice(first, last + 1), { status: 206, headers });
  };
  const answers = (url, headers) => {
    const asset = { name: 'a.db', url: `${API}/assets/7` };
    if (url === `${API}/tags/v1`) return Response.json({ assets: [asset] });
    if (url === asset.url && headers.accept === 'application/octet-stream') {
      const answer = part(headers);
      Object.defineProperty(answer, 'url', { value: `https://files.example/${ticket}` });
      return answer;
    }
    const isGood = url === `https://files.example/${ticket}`;
    return isGood ? part(headers) : new Response('', { status: 403 });
  };
  self.fetch = async (url, { headers }) => {
    asked.push(url.replace(/.*[/]/, ''));
    await new Promise((resolve) => setTimeout(resolve, 5));
    return answers(url, headers);
  };
"""


def test_release_file_is_located_once_for_all_parts_until_the_link_expires(
    blank_page: BlankPage,
) -> None:
    asked, right = blank_page.evaluate(
        f"""async () => {{
          {BEGIN}
          try {{
            const url = 'https://github.com/o/r/releases/download/v1/a.db';
            const {{ host, first }} = await RangeHost.open(url, 'a.db', 100);
            const found = [first];
            const parts = [100, 150, 200];
            const read = () => Promise.all(parts.map((start) => host.read(start, start + 50)));
            found.push(...(await read()));
            ticket = 2;
            found.push(...(await read()));
            const starts = [0, ...parts, ...parts];
            const isRight = (bytes, place) =>
              bytes.every((byte, index) => byte === file[starts[place] + index]);
            return [asked, found.every(isRight)];
          }} finally {{
            self.fetch = before;
          }}
        }}"""
    )
    assert right
    located = ["v1", "7"]
    assert asked == [*located, "1", "1", "1", "1", "1", "1", "1", *located, "2", "2", "2"]


def test_a_date_tells_versions_apart_only_once_the_second_is_over(blank_page: BlankPage) -> None:
    shown = blank_page.evaluate(
        """async () => {
          const { RangeHost } = await import('/loader/worker/range-host.js');
          const before = self.fetch;
          const ages = [0, 3600];
          const opened = async (age) => {
            const modified = new Date(Date.now() - age * 1000).toUTCString();
            const headers = { 'content-range': 'bytes 0-99/1000', 'last-modified': modified };
            self.fetch = async () => new Response(new Uint8Array(100), { status: 206, headers });
            return (await RangeHost.open('https://files.example/a.db', 'a.db', 100)).host;
          };
          try {
            const shown = [];
            for (const age of ages) shown.push((await opened(age)).showsVersion);
            return shown;
          } finally {
            self.fetch = before;
          }
        }"""
    )
    assert shown == [False, True]


def test_another_date_is_another_version_however_recent(blank_page: BlankPage) -> None:
    told = blank_page.evaluate(
        """async () => {
          const { RangeHost } = await import('/loader/worker/range-host.js');
          const before = self.fetch;
          let modified = new Date().toUTCString();
          self.fetch = async () => {
            const headers = { 'content-range': 'bytes 0-99/1000', 'last-modified': modified };
            return new Response(new Uint8Array(100), { status: 206, headers });
          };
          try {
            const { host } = await RangeHost.open('https://files.example/a.db', 'a.db', 100);
            await host.read(100, 200);
            modified = new Date(Date.now() + 5000).toUTCString();
            return await host.read(100, 200).then(() => '', ({ name }) => name);
          } finally {
            self.fetch = before;
          }
        }"""
    )
    assert told == "RemoteChanged"


#: A clock that only moves when it is told to, and a host that sends what it is told to.
SLOW = """
  const { RangeHost } = await import('/loader/worker/range-host.js');
  const { fetch, setTimeout, clearTimeout } = self;
  const timers = new Map();
  let now = 0;
  let requests = 0;
  self.setTimeout = (ring, after) => {
    timers.set(timers.size, { ring, at: now + after });
    return timers.size - 1;
  };
  self.clearTimeout = (id) => timers.get(id) && (timers.get(id).at = Infinity);
  const soon = () => new Promise((resolve) => setTimeout(resolve));
  const pass = async (seconds) => {
    now += seconds * 1000;
    const rung = [...timers.values()].filter(({ at }) => at <= now);
    for (const timer of rung) timer.at = Infinity;
    for (const { ring } of rung) ring();
    await soon();
  };
  let line;
  self.fetch = async (_, { signal }) => {
    requests += 1;
    const body = new ReadableStream({ start: (controller) => (line = controller) });
    const answering = line;
    signal.addEventListener('abort', () => answering.error(signal.reason));
    return new Response(body, { status: 206, headers: { 'content-range': 'bytes 0-499/500' } });
  };
  const send = async (byte) => {
    // It was given up, otherwise.
    if (line.desiredSize !== null) line.enqueue(new Uint8Array(100).fill(byte));
    await soon();
  };
  const end = () => Object.assign(self, { fetch, setTimeout, clearTimeout });
  const identity = { size: 500, etag: null, modified: null, head: '02'.repeat(100) };
  const host = new RangeHost('https://files.example/a.db', 'a.db', identity);
  let read = null;
  const reading = host.read(0, 500).then((bytes) => (read = [...new Set(bytes)]));
  await soon();
"""


def test_host_that_sends_slowly_but_steadily_is_waited_for(blank_page: BlankPage) -> None:
    found = blank_page.evaluate(
        f"""async () => {{
          {SLOW}
          try {{
            for (const byte of [2, 3, 4, 5, 6]) {{
              await pass(20);
              await send(byte);
            }}
            line.close();
            await soon();
            return [requests, read];
          }} finally {{
            end();
          }}
        }}"""
    )
    assert found == [1, [2, 3, 4, 5, 6]]


def test_host_that_falls_silent_is_asked_again(blank_page: BlankPage) -> None:
    found = blank_page.evaluate(
        f"""async () => {{
          {SLOW}
          try {{
            await send(2);
            await pass(29);
            const before = requests;
            await pass(2);
            await pass(1);
            const after = requests;
            for (const byte of [2, 3, 4, 5, 6]) await send(byte);
            line.close();
            await reading;
            return [before, after, read];
          }} finally {{
            end();
          }}
        }}"""
    )
    assert found == [1, 2, [2, 3, 4, 5, 6]]
