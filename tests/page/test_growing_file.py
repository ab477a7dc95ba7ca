"""loader/worker/growing-file.js and blob-parts.js: files that grow, and leave memory, in pieces."""

from __future__ import annotations

from tests.page.conftest import BlankPage


def test_what_is_written_is_read_across_pieces(blank_page: BlankPage) -> None:
    found = blank_page.evaluate(
        """async () => {
          const { GrowingFile } = await import('/loader/worker/growing-file.js');
          const file = new GrowingFile(4);
          const bytes = (text) => new TextEncoder().encode(text);
          const read = (length, position) => {
            const target = new Uint8Array(length + 1);
            const count = file.read(target, 1, length, position);
            return new TextDecoder().decode(target.subarray(1, count + 1));
          };
          file.write(bytes('_abcdefghi'), 1, 9, 2);
          const first = [file.size, read(100, 0), read(3, 5), read(5, 11)];
          file.write(bytes('XY'), 0, 2, 3);
          file.truncate(6);
          file.truncate(8);
          return [first, read(100, 0), await (await file.toBlob()).text(), file.size];
        }"""
    )
    first, changed, blob, size = found
    assert first == [11, "\0\0abcdefghi", "def", ""]
    assert changed == "\0\0aXYd\0\0"
    assert blob == changed
    assert size == 0


def test_a_blob_of_many_parts_is_all_that_was_added(blank_page: BlankPage) -> None:
    size, same = blank_page.evaluate(
        """async () => {
          const { BlobParts } = await import('/loader/worker/blob-parts.js');
          const parts = new BlobParts();
          const chunkOf = (n) => new Uint8Array(1024 * 1024 + n).fill(n);
          const chunks = Array.from({ length: 9 }, (_, n) => chunkOf(n));
          for (const chunk of chunks) await parts.add(chunk);
          const blob = await parts.blob();
          const all = new Uint8Array(await blob.arrayBuffer());
          const whole = chunks.flatMap((chunk) => Array.from(chunk.subarray(0, 2)));
          let at = 0;
          const found = chunks.flatMap((chunk) => {
            const start = at;
            at += chunk.length;
            return [all[start], all[start + 1]];
          });
          return [blob.size, String(found) === String(whole)];
        }"""
    )
    assert size == sum(1024 * 1024 + n for n in range(9))
    assert same
