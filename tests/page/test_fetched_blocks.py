"""loader/worker/fetched-blocks.js: what is kept of databases at their hosts, in real storage."""

from __future__ import annotations

from tests.page.conftest import BlankPage

#: Defines what the scripts below use; the name keeps tests apart.
BEGIN = """
  const { FetchedBlocks } = await import('/loader/worker/fetched-blocks.js');
  const blocks = new FetchedBlocks(name, 1000, 20_000);
  const identity = (etag) => ({ size: 10_000_000, etag, modified: null, head: '' });
  const open = (url, etag) => blocks.keepRecord({ url, identity: identity(etag), checkedAt: 1 });
  const block = new Uint8Array(1000);
  const keep = (url, etag, indexes) =>
    blocks.keep(url, identity(etag), new Map(indexes.map((index) => [index, block])));
  const upTo = (count) => Array.from({ length: count }, (_, index) => index);
"""


def test_what_was_fetched_longest_ago_goes_when_there_is_no_room(blank_page: BlankPage) -> None:
    kept = blank_page.evaluate(
        f"""async (name) => {{
          {BEGIN}
          await open('a', '1');
          await open('b', '1');
          await keep('a', '1', upTo(15));
          // Ages are in milliseconds.
          const began = Date.now();
          while (Date.now() === began) await Promise.resolve();
          await keep('b', '1', upTo(10));
          return [(await blocks.indexes('a')).size, (await blocks.indexes('b')).size];
        }}""",
        "room",
    )
    assert kept == [6, 10]


def test_blocks_of_another_version_are_neither_given_nor_kept(blank_page: BlankPage) -> None:
    found = blank_page.evaluate(
        f"""async (name) => {{
          {BEGIN}
          const read = async (etag) => [...(await blocks.read('a', identity(etag), 0, 9)).keys()];
          await open('a', '1');
          await keep('a', '1', [1, 2, 3]);
          const before = await read('1');
          await open('a', '2');
          await keep('a', '1', [4]);
          await keep('a', '2', [5]);
          return [before, await read('1'), await read('2')];
        }}""",
        "versions",
    )
    assert found == [[1, 2, 3], [], [5]]


#: A file at a host that sends its version with each part, and how that ends.
REPLACED = """
  self.registration ??= { scope: location.origin + '/' };
  const { BlockCache } = await import('/loader/worker/block-cache.js');
  const { RemoteFile, fetchedBlocks } = await import('/loader/worker/remote-file.js');
  const url = 'https://files.example/a.db';
  const before = self.fetch;
  let version = 1;
  let sendsParts = true;
  self.fetch = async (_, { headers: { range } }) => {
    const [, first, last] = /=([0-9]+)-([0-9]+)/.exec(range).map(Number);
    if (!sendsParts) return new Response('all of it');
    const headers = { 'content-range': `bytes ${first}-${last}/1000000`, etag: `"${version}"` };
    return new Response(new Uint8Array(last + 1 - first).fill(version), { status: 206, headers });
  };
  const open = () => RemoteFile.open(url, 'a.db', new BlockCache(), false);
  const byteAt = (remote, position) => {
    const byte = new Uint8Array(1);
    remote.file.read(byte, 0, 1, position);
    return byte[0];
  };
"""


def test_known_file_whose_blocks_made_room_opens_anew_where_it_was_replaced(
    blank_page: BlankPage,
) -> None:
    versions = blank_page.evaluate(
        f"""async () => {{
          {REPLACED}
          try {{
            const first = byteAt(await open(), 0);
            const known = await fetchedBlocks.record(url);
            await fetchedBlocks.forget(url);
            await fetchedBlocks.keepRecord(known);
            version = 2;
            return [first, byteAt(await open(), 0)];
          }} finally {{
            self.fetch = before;
            await fetchedBlocks.forget(url);
          }}
        }}"""
    )
    assert versions == [1, 2]


def test_host_that_sends_no_more_parts_is_told_as_such(blank_page: BlankPage) -> None:
    fault = blank_page.evaluate(
        f"""async () => {{
          {REPLACED}
          try {{
            const remote = await open();
            sendsParts = false;
            try {{
              byteAt(remote, 500_000);
            }} catch {{
              // Missing, and noted as that.
            }}
            return JSON.parse(await remote.fault(0));
          }} finally {{
            self.fetch = before;
            await fetchedBlocks.forget(url);
          }}
        }}"""
    )
    assert fault["code"] == "no-ranges"
