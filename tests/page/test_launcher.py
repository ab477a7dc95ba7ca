"""loader/page: the launcher's field, local files, recent data, adding, building links."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.consent_page import allow_button
from tests.page.conftest import ROOT, BlankPage
from tests.page.frames import add_frame
from tests.page.shell_site import FAKE_WORKER, Answer, ShellSite
from tests.page.shell_waits import await_app, await_fault, await_state

Browse = Callable[..., Any]
Call = Callable[..., Any]

LINK = "https://data.example/fixtures.db"
PLAN = "app/url=https:~2F~2Fdata.example~2Ffixtures.db/"
#: Of which the stand-in says that something was changed.
CHANGED_PLAN = "app/url=https:~2F~2Fdata.example~2Fchanged.db/"
CSV = b"name,age\nAnna,7\n"
CSV_HASH = hashlib.sha256(CSV).hexdigest()
FILE_PLAN = f"app/file=people.csv~40{CSV_HASH}/"
BOTH_PLAN = f"app/url=https:~2F~2Fdata.example~2Ffixtures.db&file=people.csv~40{CSV_HASH}/"
NO_WORKERS = "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get: () => undefined})"
FILES_CACHE = "datasette-lite /x/y/ files"
DATA_CACHE = "datasette-lite /x/y/ data"

KEPT = """async (name) => {
  const cache = await caches.open(name);
  return Promise.all((await cache.keys()).map(async (key) => {
    const kept = await cache.match(key);
    const header = (name) => kept.headers.get(`x-${name}`);
    const [fileName, size, added] = ['name', 'size', 'added'].map(header);
    return { url: key.url, fileName, size, added, text: await kept.text() };
  }));
}"""

DRAG = """([type, name, text]) => {
  const data = new DataTransfer();
  if (name.includes(':')) data.setData('text/uri-list', name);
  else data.items.add(new File([text], name));
  const target = document.querySelector('.drop-target:not([hidden])') ?? document.body;
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  target.dispatchEvent(new DragEvent(type, how));
}"""


def file_of(name: str, content: bytes = CSV) -> FilePayload:
    """A file as the browser's dialog gives it."""
    return {"name": name, "mimeType": "", "buffer": content}


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files with the page's own button."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("^Choose")).click()
    chooser.value.set_files(list(files))


def paste(page: Page, text: str) -> None:
    """Paste into the field."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.press("#link", "Control+V")


def open_launcher(page: Page, site: ShellSite, fragment: str = "") -> None:
    """Show the launcher afresh."""
    page.goto("about:blank")
    page.goto(site.url + fragment)
    await_state(page, "launcher")


def kept(page: Page, cache: str = FILES_CACHE) -> list[dict[str, str]]:
    """What is kept in one cache."""
    found: list[dict[str, str]] = page.evaluate(KEPT, cache)
    return found


# How it loads


def test_launcher_is_small_and_asks_only_its_own_host(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        problems: list[str] = []
        others: list[str] = []
        sizes: list[int] = []
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: others.append(r.url))
        # Compressed, as hosts send text.
        page.on("response", lambda r: sizes.append(len(gzip.compress(r.body()))))
        open_launcher(page, site)
        page.wait_for_selector("text=with Datasette 1.0a41")
        assert not problems
        assert [url for url in others if not url.startswith((site.url, "data:", "about:"))] == []
        assert sum(sizes) < 100_000

    browse(visit)
    # The worker's own program may come when the page is idle, but nothing of Python's.
    assert not [path for path in site.asked if "vendor/runtime/" in path]


# The field


def test_field_complains_only_when_asked_to_open(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        says = page.locator("#link-says")
        expect(says).to_contain_text("Google Sheets")
        page.fill("#link", "dat")
        expect(says).to_be_empty()
        page.press("#link", "Enter")
        expect(says).to_contain_text("not a whole link")
        assert page.get_attribute("#link", "aria-invalid") == "true"
        assert page.url == site.url
        page.fill("#link", LINK)
        expect(says).to_have_text("SQLite database fixtures.db from data.example")
        page.press("#link", "Enter")
        await_app(page)
        assert page.url == site.url + PLAN

    browse(visit)


def test_pasted_data_opens_without_a_word_to_the_host(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.fill("#link", "secret,age\nAnna,7")
        page.press("#link", "Enter")
        assert page.url == site.url
        page.press("#link", "Control+Enter")
        await_app(page)
        assert "/app/csv=data:text~2Fcsv" in page.url
        assert page.url.endswith("&table=pasted/")

    browse(visit)
    assert not [path for path in site.asked if "data:" in path or "csv=" in path]


@pytest.mark.parametrize("count", [2_000, 100_000])
def test_long_pasted_data_is_kept_as_a_file(site: ShellSite, browse: Browse, count: int) -> None:
    text = "n\n" + "12345\n" * count

    def visit(page: Page) -> None:
        open_launcher(page, site)
        paste(page, text)
        expect(page.locator("#link-says")).to_contain_text(f"Pasted CSV, {count:,} rows.")
        page.click("text=Open >> visible=true")
        await_app(page)
        assert page.url.startswith(site.url + "app/file=pasted.csv~40")
        assert [each["text"] for each in kept(page)] == [text]

    browse(visit)


def test_link_dragged_from_another_window_fills_the_field(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        for event in ("dragenter", "dragover", "drop"):
            page.evaluate(DRAG, [event, "https://data.example/people.csv", ""])
        expect(page.locator("#link")).to_have_value("https://data.example/people.csv")
        expect(page.locator("#link-says")).to_contain_text("a table named people")
        expect(page.locator(".drop-target")).to_be_hidden()

    browse(visit)


# What the site offers


def test_launcher_names_the_data_of_the_site(site: ShellSite, browse: Browse) -> None:
    site.answers["lite.json"] = Answer(b'{"url": ["data/penguins.db"]}')

    def visit(page: Page) -> None:
        page.goto(site.url)
        page.click("text=penguins.db")
        await_app(page)
        assert page.url == site.url + "app/"

    browse(visit)


def test_launcher_warns_where_nothing_can_run(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url)
        await_state(page, "launcher")
        assert page.get_attribute("[role=alert]", "data-code") == "no-service-worker"
        choose(page, file_of("people.csv"))
        expect(page.get_by_role("dialog")).to_contain_text("no service workers")
        assert kept(page) == []

    browse(visit, init=NO_WORKERS)


# Files from this device


def test_chosen_file_is_kept_and_opened_without_a_word_to_the_host(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.on("request", lambda request: requests.append((request.method, request.url)))
        choose(page, file_of("people.csv"))
        await_app(page)
        assert page.url == site.url + FILE_PLAN
        (file,) = kept(page)
        assert file["url"] == f"{site.url}-/files/{CSV_HASH}"
        assert (file["fileName"], file["size"], file["text"]) == ("people.csv", "16", CSV.decode())
        assert abs(int(file["added"]) - page.evaluate("Date.now()")) < 60_000

    requests: list[tuple[str, str]] = []
    browse(visit)
    assert {method for method, _ in requests} == {"GET"}
    assert not [path for path in site.asked if "people" in path or CSV_HASH in path]


def test_dropped_files_open_together_each_once(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        files = [file_of("a.csv", b"a"), file_of("ü b.db", b"b"), file_of("a.csv", b"a")]
        choose(page, *files, file_of("ü b.db-wal", b"w"), file_of(".DS_Store", b"m"))
        await_app(page)
        a, b = (hashlib.sha256(content).hexdigest() for content in (b"a", b"b"))
        assert page.url == f"{site.url}app/file=a.csv~40{a}&file=~C3~BC+b.db~40{b}/"
        assert len(kept(page)) == 2

    browse(visit)


@pytest.mark.parametrize("face", ["", "?ulr=1", f"{PLAN}?fake=fail", f"{PLAN}?fake=slow"])
def test_every_face_takes_dropped_files(site: ShellSite, browse: Browse, face: str) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + face)
        page.wait_for_selector("h1")
        page.evaluate(DRAG, ["dragenter", "people.csv", CSV.decode()])
        expect(page.locator(".drop-target")).to_have_text("Drop to open")
        page.evaluate(DRAG, ["dragleave", "people.csv", CSV.decode()])
        expect(page.locator(".drop-target")).to_be_hidden()
        page.evaluate(DRAG, ["dragenter", "people.csv", CSV.decode()])
        page.evaluate(DRAG, ["drop", "people.csv", CSV.decode()])
        page.wait_for_url(site.url + FILE_PLAN)
        await_app(page)

    browse(visit)


def test_files_without_data_are_not_opened(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        choose(page, file_of("a.db-shm"))
        expect(page.get_by_role("dialog")).to_contain_text("no file with data")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.url == site.url

    browse(visit)


def failing(method: str, name: str) -> str:
    """A script that makes a method of the browser's fail."""
    return f"void ({method} = () => Promise.reject(new DOMException('', '{name}')))"


def test_file_that_cannot_be_read_is_named(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.evaluate(failing("Blob.prototype.arrayBuffer", "NotReadableError"))
        choose(page, file_of("gone.csv"))
        expect(page.get_by_role("dialog")).to_contain_text("Could not read gone.csv")
        assert kept(page) == []

    browse(visit)


def test_full_storage_is_explained(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.evaluate(failing("Cache.prototype.put", "QuotaExceededError"))
        choose(page, file_of("people.csv"))
        expect(page.get_by_role("dialog")).to_contain_text("there is no room for its 16 bytes")

    browse(visit)


@pytest.mark.parametrize(
    ("head", "size", "code"),
    [
        ("a,b", 1_900_000_000, None),
        ("a,b", 1_900_000_001, "too-large"),
        ("", 1_900_000_001, "too-large"),
        # These are read where they are kept.
        ("SQLite format 3\0", 10**12, None),
        ("PAR1", 10**12, None),
    ],
)
def test_file_larger_than_memory_is_refused_unless_it_is_read_in_place(
    blank_page: BlankPage, head: str, size: int, code: str | None
) -> None:
    found = blank_page.evaluate(
        """async ({ head, size }) => {
          const { requireFittingSize } = await import('/loader/page/kept-files.js');
          const file = Object.defineProperty(new File([head], 'a.db'), 'size', { value: size });
          return requireFittingSize(file).then(() => null, ({ code }) => code);
        }""",
        {"head": head, "size": size},
    )
    assert found == code


def test_large_file_is_hashed_in_pieces(browse: Browse, site: ShellSite) -> None:
    data = bytes(range(250))
    pieces = [data[start : start + 100] for start in range(0, 250, 100)]
    digests = b"".join(hashlib.sha256(piece).digest() for piece in pieces)

    def visit(page: Page) -> tuple[str, list[int], str]:
        open_launcher(page, site)
        found: tuple[str, list[int], str] = page.evaluate(
            """async (root) => {
              const { contentHash } = await import(`${root}loader/shared/content-hash.js`);
              const file = new Blob([Uint8Array.from({ length: 250 }, (_, i) => i)]);
              const done = [];
              const hash = await contentHash(file, { piece: 100, onBytes: (n) => done.push(n) });
              return [hash, done, await contentHash(file)];
            }""",
            site.base,
        )
        return found

    large, done, small = browse(visit)
    assert large == hashlib.sha256(digests).hexdigest()
    assert done == [0, 100, 200, 250]
    assert small == hashlib.sha256(data).hexdigest()


def test_progress_can_be_cancelled(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.evaluate("""() => {
          const read = Blob.prototype.arrayBuffer;
          Blob.prototype.arrayBuffer = async function () {
            await new Promise((resolve) => (globalThis.goOn = resolve));
            return read.call(this);
          };
        }""")
        choose(page, file_of("people.csv"))
        dialog = page.get_by_role("dialog", name="Reading people.csv")
        expect(dialog.get_by_role("progressbar")).to_be_visible()
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
        page.evaluate("goOn()")
        page.wait_for_timeout(200)
        assert page.url == site.url

    browse(visit)


def test_file_is_not_kept_when_that_was_cancelled(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.evaluate("""() => {
          const put = Cache.prototype.put;
          Cache.prototype.put = async function (...args) {
            await new Promise((resolve) => (globalThis.goOn = resolve));
            return put.apply(this, args);
          };
        }""")
        choose(page, file_of("people.csv"))
        page.get_by_role("dialog", name="Keeping people.csv").get_by_text("Cancel").click()
        page.evaluate("goOn()")
        page.wait_for_timeout(200)
        assert kept(page) == []
        assert page.url == site.url

    browse(visit)


# A link to a file that is not here


def test_link_to_a_file_elsewhere_asks_for_it_before_anything_is_fetched(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + FILE_PLAN + "data/people?_sort=age")
        assert await_fault(page) == "file-not-here"
        expect(page.get_by_role("alert")).to_contain_text("never the data itself")
        assert not [path for path in site.asked if path.endswith("sw.js")]
        choose(page, file_of("any name.csv"))
        await_app(page)
        assert page.url == site.url + FILE_PLAN + "data/people?_sort=age"

    browse(visit)


def test_another_file_is_told_apart_and_can_be_opened_as_it_is(
    site: ShellSite, browse: Browse
) -> None:
    other = hashlib.sha256(b"other").hexdigest()

    def visit(page: Page) -> None:
        page.goto(site.url + FILE_PLAN)
        await_fault(page)
        for event in ("dragenter", "drop"):
            page.evaluate(DRAG, [event, "people.csv", "other"])
        dialog = page.get_by_role("dialog", name="This is another file")
        expect(dialog).to_contain_text("not what the link was made with")
        assert kept(page) == []
        dialog.get_by_role("button", name="Open it as it is").click()
        page.wait_for_url(f"{site.url}app/file=people.csv~40{other}/")
        await_app(page)

    browse(visit)


def test_link_to_more_opens_without_the_file_and_does_not_ask_again(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + BOTH_PLAN)
        assert await_fault(page) == "file-not-here"
        page.click("text=Open the rest without it")
        await_app(page)
        page.goto(site.url + BOTH_PLAN + "deeper")
        await_app(page)

    browse(visit)


def test_worker_that_misses_a_file_asks_for_it_too(site: ShellSite, browse: Browse) -> None:
    script = FAKE_WORKER.read_text("utf-8")
    script = script.replace("code: 'download-status'", "code: 'file-not-here'")
    script = script.replace(
        "source: 'https://data.example/penguins.db'", f"source: 'people.csv@{CSV_HASH}'"
    )
    site.answers["sw.js"] = Answer(script.encode(), content_type="text/javascript")

    def visit(page: Page) -> None:
        page.goto(site.url + PLAN + "?fake=fail2")
        await_state(page, "failed")
        codes = page.eval_on_selector_all("[role=alert]", "all => all.map(a => a.dataset.code)")
        assert codes == ["file-not-here", "not-sqlite"]
        choose(page, file_of("people.csv"))
        await_app(page)

    browse(visit)


def test_page_of_the_application_takes_a_missing_file(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        page.wait_for_load_state()
        page.evaluate(
            """(file) => {
              document.body.insertAdjacentHTML('beforeend',
                `<button data-lite-action="give-file" data-lite-file="${file}">Choose it</button>`);
            }""",
            f"people.csv@{CSV_HASH}",
        )
        with page.expect_file_chooser() as chooser:
            page.click("text=Choose it")
        chooser.value.set_files(file_of("people.csv", b"other"))
        page.wait_for_selector("text=not what this link was made with")
        with page.expect_file_chooser() as chooser:
            page.click("text=Choose it")
        with page.expect_navigation():
            chooser.value.set_files(file_of("people.csv"))
        await_app(page)
        assert [each["text"] for each in kept(page)] == [CSV.decode()]

    browse(visit)


# Recent


def rows(page: Page) -> list[str]:
    """The text of every recent entry."""
    page.wait_for_selector("section[aria-labelledby=recent]:not([hidden])")
    return page.locator("section[aria-labelledby=recent] li").all_inner_texts()


def test_opened_data_is_listed_with_size_and_date_and_forgotten(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        copy = f"{site.url}-/data/{PLAN[4:-1].replace(':', '%3A').replace('=', '%3D')}/x"
        page.evaluate(
            "([name, key]) => caches.open(name).then((c) => c.put(key, new Response('x')))",
            [DATA_CACHE, copy],
        )
        open_launcher(page, site)
        choose(page, file_of("people.csv"))
        await_app(page)
        open_launcher(page, site)
        assert [re.sub(r"\s+", " ", row) for row in rows(page)] == [
            "people.csv From this device · 16 bytes · just now Forget",
            "fixtures.db From data.example · 1.2 MB · just now Forget",
        ]
        expect(page.locator("section .note")).to_contain_text("that this browser allows it")
        page.get_by_role("button", name="Forget people.csv").click()
        expect(page.get_by_text("people.csv is forgotten")).to_be_attached()
        expect(page.get_by_role("button", name="Forget fixtures.db")).to_be_focused()
        assert kept(page) == []
        assert len(kept(page, DATA_CACHE)) == 1
        page.keyboard.press("Enter")
        expect(page.locator("section[aria-labelledby=recent]")).to_be_hidden()
        expect(page.locator("#link")).to_be_focused()
        assert kept(page, DATA_CACHE) == []
        open_launcher(page, site)
        expect(page.locator("section[aria-labelledby=recent]")).to_be_hidden()

    browse(visit)


def test_size_is_known_where_data_is_not_read_again(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        for address in (PLAN, PLAN + "fixtures?fake=stored"):
            page.goto(site.url + address)
            await_app(page)
        open_launcher(page, site)
        assert "1.2 MB" in rows(page)[0]

    browse(visit)


def test_recent_data_opens_again(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        choose(page, file_of("people.csv"))
        await_app(page)
        open_launcher(page, site)
        page.click("section[aria-labelledby=recent] >> text=people.csv")
        await_app(page)
        assert page.url == site.url + FILE_PLAN

    browse(visit)


def test_file_stays_while_another_entry_needs_it(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        choose(page, file_of("people.csv"))
        await_app(page)
        page.goto(site.url + BOTH_PLAN)
        await_app(page)
        open_launcher(page, site)
        assert len(rows(page)) == 2
        page.get_by_role("button", name="Forget fixtures.db + 1 more").click()
        expect(page.locator("section[aria-labelledby=recent] li")).to_have_count(1)
        assert len(kept(page)) == 1
        page.get_by_role("button", name="Forget people.csv").click()
        expect(page.locator("section[aria-labelledby=recent]")).to_be_hidden()
        assert kept(page) == []

    browse(visit)


def test_kept_file_is_listed_even_if_it_never_opened(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        choose(page, file_of("people.csv"))
        await_app(page)
        page.evaluate("localStorage.clear()")
        open_launcher(page, site)
        assert "people.csv" in rows(page)[0]
        page.evaluate("(name) => caches.delete(name)", FILES_CACHE)
        page.click("section[aria-labelledby=recent] >> text=people.csv")
        page.wait_for_url(site.url + FILE_PLAN)
        await_app(page)
        open_launcher(page, site)
        assert "no longer kept" in rows(page)[0]

    browse(visit)


def test_long_list_shows_the_latest_first(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.origin + "/blank")
        plans = [
            {
                "segment": f"url=https:~2F~2Fdata.example~2F{n}.db",
                "openedMs": 1e12 + n,
                "bytes": None,
            }
            for n in range(8)
        ]
        script = "(list) => localStorage.setItem('datasette-lite /x/y/ recent', list)"
        page.evaluate(script, json.dumps(plans))
        open_launcher(page, site)
        page.wait_for_selector("text=7.db")
        listed = page.locator("section[aria-labelledby=recent] li:visible a")
        assert listed.all_inner_texts() == ["7.db", "6.db", "5.db", "4.db", "3.db"]
        page.get_by_role("button", name="Show all 8").press("Enter")
        assert len(listed.all_inner_texts()) == 8
        expect(page.get_by_role("link", name="2.db")).to_be_focused()

    browse(visit)


@pytest.mark.parametrize(
    "stored",
    [
        "nonsense",
        "{}",
        '[{"segment": 1}, null]',
        '[{"segment": "x=y", "openedMs": 1, "bytes": null}]',
    ],
)
def test_altered_list_is_no_problem(site: ShellSite, browse: Browse, stored: str) -> None:
    def visit(page: Page) -> None:
        page.goto(site.origin + "/blank")
        page.evaluate("(t) => localStorage.setItem('datasette-lite /x/y/ recent', t)", stored)
        open_launcher(page, site)
        page.wait_for_load_state("networkidle")
        expect(page.locator("section[aria-labelledby=recent]")).to_be_hidden()

    browse(visit)


# Adding to what is open


def test_added_link_opens_beside_the_data_that_is_open(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site, f"#add={PLAN[4:-1]}")
        expect(page.locator("h1")).to_have_text("Add data to fixtures.db")
        expect(page.get_by_role("link", name="Back to fixtures.db")).to_have_attribute(
            "href", f"/x/y/{PLAN}"
        )
        page.fill("#link", "https://data.example/people.csv")
        page.press("#link", "Enter")
        await_app(page)
        added = "&csv=https:~2F~2Fdata.example~2Fpeople.csv"
        assert page.url == f"{site.url}{PLAN[:-1]}{added}/"

    browse(visit)


def test_added_file_follows_the_settings_of_what_is_open(site: ShellSite, browse: Browse) -> None:
    open_now = "csv=https:~2F~2Fdata.example~2Fa.csv&table=t"

    def visit(page: Page) -> None:
        open_launcher(page, site, f"#add={open_now}&memory=1")
        for event in ("dragenter", "drop"):
            page.evaluate(DRAG, [event, "people.csv", CSV.decode()])
        await_app(page)
        assert page.url == f"{site.url}app/{open_now}&file=people.csv~40{CSV_HASH}&memory=1/"

    browse(visit)


def test_site_own_data_can_be_added_to(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site, "#add=")
        expect(page.locator("h1")).to_have_text("Add data to fixtures.db")
        choose(page, file_of("people.csv"))
        await_app(page)
        own = "url=vendor~2Fdemo~2Ffixtures.db"
        assert page.url == f"{site.url}app/{own}&file=people.csv~40{CSV_HASH}/"

    browse(visit)


@pytest.mark.parametrize("wanted", [True, False])
def test_changes_come_along_if_they_are_wanted(
    site: ShellSite, browse: Browse, wanted: bool
) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + CHANGED_PLAN)
        await_app(page)
        open_launcher(page, site, f"#add={CHANGED_PLAN[4:-1]}")
        expect(page.get_by_label("Take along what you changed")).to_be_checked()
        page.get_by_label("Take along what you changed").set_checked(wanted)
        page.fill("#link", "https://data.example/people.csv")
        page.press("#link", "Enter")
        await_app(page)
        asks = page.evaluate("fetch('/x/y/asks').then((answer) => answer.json())")
        assert ("carry-changes" in asks) == wanted

    browse(visit)


def test_nothing_is_asked_where_nothing_was_changed(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + PLAN)
        await_app(page)
        open_launcher(page, site, f"#add={PLAN[4:-1]}")
        page.wait_for_function(
            "async () => (await (await fetch('/x/y/asks')).json()).includes('saved-changes')"
        )
        expect(page.get_by_label("Take along what you changed")).to_be_hidden()

    browse(visit)


def test_damaged_add_link_is_a_fault(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(site.url + "#add=ulr=x")
        assert await_fault(page) == "unknown-option"

    browse(visit)


# The builder


def built(page: Page) -> str:
    """The link that the builder shows."""
    return page.inner_text("#builder-link")


def test_builder_makes_a_link_as_it_is_told(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_launcher(page, site)
        page.click("text=Build a link")
        page.get_by_label("Address", exact=True).fill("https://data.example/people.csv")
        expect(page.get_by_label("What it is")).to_have_value("csv")
        link = f"{site.url}?csv=https://data.example/people.csv"
        assert built(page) == link
        page.click("text=How to read it")
        page.get_by_label("Name of the table").fill("persons")
        page.get_by_label("Delimiter").fill(";")
        assert built(page) == f"{link}&table=persons&delimiter=semicolon"
        page.get_by_label("Delimiter").fill("abc")
        expect(page.locator("#builder-link")).to_contain_text("It is one character")
        expect(page.get_by_role("button", name="Copy link")).to_be_hidden()
        page.get_by_label("Delimiter").fill("")
        page.click("text=Add a source")
        second = page.get_by_role("group", name="Source 2")
        second.get_by_label("Address", exact=True).fill(LINK)
        page.get_by_label("An empty database").check()
        page.get_by_label("Address of a configuration").fill("https://data.example/c.yml")
        page.get_by_label("Settings of Datasette").fill(
            "default_page_size:5\n\nmax_returned_rows:9"
        )
        link = (
            f"{link}&table=persons&url={LINK}&config=https://data.example/c.yml"
            "&setting=default_page_size:5&setting=max_returned_rows:9&memory=1"
        )
        assert built(page) == link
        page.get_by_role("button", name="Copy link").click()
        page.wait_for_selector("text=Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == link
        assert page.get_by_role("link", name="Open", exact=True).get_attribute("href") == link
        second.get_by_role("button", name="Remove this source").click()
        assert LINK not in built(page)

    browse(visit)


def test_builder_offers_verified_plugins(site: ShellSite, browse: Browse) -> None:
    listed = [
        {"name": "datasette-vega", "category": "visualisation", "adds": "Charts of rows."},
        {"name": "datasette-atom", "category": "output", "adds": "Atom feeds."},
        *({"name": f"extra-{n}", "category": "tools", "adds": "More."} for n in range(8)),
    ]
    site.answers["vendor/plugins/picker.json"] = Answer(
        json.dumps(listed).encode(), content_type="application/json"
    )

    def visit(page: Page) -> None:
        open_launcher(page, site, f"#build={PLAN[4:-1]}&install=datasette-atom&install=mine~3D~3D2")
        expect(page.get_by_label("datasette-atom")).to_be_checked()
        expect(page.get_by_label("Other plugins")).to_have_value("mine==2")
        page.get_by_label("Find a plugin").fill("charts")
        expect(page.get_by_label("datasette-atom")).to_be_hidden()
        page.get_by_label("datasette-vega").check()
        link = (
            f"{site.url}?url={LINK}&install=datasette-vega&install=datasette-atom&install=mine==2"
        )
        assert built(page) == link
        page.get_by_label("Other plugins").fill("no plugin")
        expect(page.locator("#builder-link")).to_contain_text("neither the name of a package")

    browse(visit)


def test_field_hands_a_link_to_the_builder(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.fill("#link", f"{LINK} https://data.example/people.tsv")
        page.click("text=More options")
        expect(page.get_by_label("Name of the database").first).to_be_focused()
        assert built(page) == f"{site.url}?url={LINK}&tsv=https://data.example/people.tsv"

    browse(visit)


def test_builder_keeps_all_of_a_plan_and_shows_what_was_said_of_its_sources(
    site: ShellSite, browse: Browse
) -> None:
    plan = "url=https:~2F~2Fh~2Fa.db&csv=https:~2F~2Fh~2Fb.csv&delimiter=tab&ref=1.0a40&memory=1"

    def visit(page: Page) -> None:
        open_launcher(page, site, f"#build={plan}")
        second = page.get_by_role("group", name="Source 2")
        expect(second.get_by_label("Delimiter")).to_have_value("tab")
        expect(second.get_by_label("Name of the table")).to_be_focused()
        first = page.get_by_role("group", name="Source 1")
        expect(first.get_by_label("Name of the database")).to_be_hidden()
        expect(page.get_by_label("Release of Datasette")).to_have_value("1.0a40")
        link = f"{site.url}?url=https://h/a.db&csv=https://h/b.csv&delimiter=tab"
        assert built(page) == f"{link}&ref=1.0a40&memory=1"

    browse(visit)


def test_builder_shows_only_what_a_source_takes(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        open_launcher(page, site)
        page.click("text=Build a link")
        page.get_by_label("What it is").select_option("url")
        page.click("text=How to read it")
        shown = page.locator(".setting-fields label:visible").all_inner_texts()
        assert shown == ["Name of the database", "How to read a large one"]

    browse(visit)


# Code from elsewhere


CODE_PLAN = (
    f"{PLAN[:-1]}&install=datasette-foreign"
    "&install=https:~2F~2Fevil.example~2Fx-2.0-py3-none-any.whl/"
)


def test_consent_says_what_and_from_where(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(f"{site.url}{CODE_PLAN}db/table?fake=consent")
        await_fault(page)
        asks = page.get_by_role("alert")
        expect(asks).to_have_attribute("data-code", "consent-needed")
        expect(asks).to_contain_text("datasette-foreign 1.0 from mirror.example, to which")
        expect(asks).to_contain_text("https://files.packages.example/1a/2b/datasette_foreign")
        expect(asks).to_contain_text("x 2.0 from evil.example")
        expect(asks).to_contain_text("Its content is not known before it is fetched.")
        without = page.get_by_role("link", name="Go on without these plugins")
        assert without.get_attribute("href") == f"{site.base}{PLAN}db/table?fake=consent"
        allow_button(page).click()
        await_app(page)

    browse(visit)


def test_allowing_takes_more_than_the_second_half_of_a_double_click(
    site: ShellSite, browse: Browse
) -> None:
    def visit(page: Page) -> None:
        page.clock.install(time=0)
        page.clock.pause_at(1_000)
        ask_consent(page, site)
        agreeing = allow_button(page)
        expect(agreeing).to_be_disabled()
        page.clock.fast_forward(1_000)
        expect(agreeing).to_be_enabled()
        # A window that lay over this one was closed by the first half.
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(agreeing).to_be_disabled()
        page.clock.fast_forward(1_000)
        expect(agreeing).to_be_enabled()

    browse(visit)


def test_nothing_is_allowed_in_a_frame_of_another_origin(
    site: ShellSite, browse: Browse, repository: str
) -> None:
    address = f"{site.url}{CODE_PLAN}?fake=consent"

    def visit(page: Page) -> None:
        # Of the same site, as some browsers permit no worker in frames of other sites.
        page.goto(f"{repository}/blank")
        add_frame(page, address)
        framed = page.frame_locator("iframe")
        expect(framed.get_by_role("alert")).to_contain_text("it cannot be allowed here")
        own = framed.get_by_role("link", name="Decide in a tab of its own")
        expect(own).to_have_attribute("href", address)
        expect(allow_button(framed)).to_have_count(0)

    browse(visit)


def test_what_was_allowed_can_be_taken_back(site: ShellSite, browse: Browse) -> None:
    def visit(page: Page) -> None:
        page.goto(f"{site.url}{CODE_PLAN}?fake=consent")
        await_fault(page)
        allow_button(page).click()
        await_app(page)
        open_launcher(page, site, "#allowed")
        page.get_by_role("button", name="Take back datasette-foreign 1.0").click()
        expect(page.locator("#allowed li")).to_have_count(1)
        page.get_by_role("button", name="Take back x 2.0").click()
        expect(page.locator("#allowed")).to_be_hidden()

    browse(visit)


# For everybody


def show_face(page: Page, site: ShellSite, face: str) -> None:
    """From the launcher, show one of its faces, or something on it."""
    match face:
        case "refused":
            page.fill("#link", "s3://bucket/a")
        case "builder":
            page.fill("#link", "https://data.example/people.csv")
            page.click("text=More options")
            page.wait_for_selector(".setting-fields input:focus")
        case "recent":
            choose(page, file_of("people.csv"))
            await_app(page)
            open_launcher(page, site)
            assert rows(page)
        case "dialog":
            choose(page, file_of("people.csv-wal"))
            page.wait_for_selector("dialog[open]")
        case "drop":
            page.evaluate(DRAG, ["dragenter", "people.csv", ""])
        case "adding":
            page.goto(site.url + CHANGED_PLAN)
            await_app(page)
            open_launcher(page, site, f"#add={CHANGED_PLAN[4:-1]}")
            expect(page.get_by_label("Take along what you changed")).to_be_checked()
        case "missing":
            page.goto(site.url + BOTH_PLAN)
            await_fault(page)
        case "consent":
            ask_consent(page, site)
        case "allowed":
            ask_consent(page, site)
            allow_button(page).click()
            await_app(page)
            open_launcher(page, site, "#allowed")
            expect(page.locator("#allowed[open]")).to_be_visible()


def ask_consent(page: Page, site: ShellSite) -> None:
    """Open a plan whose plugins wait for consent."""
    page.goto(f"{site.url}{CODE_PLAN}?fake=consent")
    await_fault(page)


FACES = [
    "launcher",
    "refused",
    "builder",
    "recent",
    "dialog",
    "drop",
    "adding",
    "missing",
    "consent",
    "allowed",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("face", FACES)
def test_face_is_accessible_and_fits_a_phone(
    site: ShellSite, browse: Browse, face: str, scheme: str
) -> None:
    axe = (ROOT / "build/npm/node_modules/axe-core/axe.min.js").read_text("utf-8")

    def visit(page: Page) -> None:
        open_launcher(page, site)
        show_face(page, site, face)
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        problems = [
            (each["id"], [n["html"] for n in each["nodes"]]) for each in found["violations"]
        ]
        assert problems == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    viewport = {"width": 360, "height": 740}
    browse(visit, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")


def test_launcher_is_complete_by_keyboard(site: ShellSite, browse: Browse) -> None:
    name = """() => document.activeElement.ariaLabel ??
      document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent"""

    def visit(page: Page) -> list[str]:
        open_launcher(page, site)
        page.wait_for_load_state("networkidle")
        reached: list[str] = []
        while not reached or reached[-1] != "Datasette":
            page.keyboard.press("Tab")
            reached.append(page.evaluate(name))
            assert len(reached) < 20, reached
        return reached

    assert browse(visit) == [
        "Datasette Lite",
        "Paste a link or data",
        "Open",
        "Choose files",
        "The demonstration database",
        "Time zones of the world",
        "Countries and their codes",
        "When clocks change",
        "Which clocks change next",
        "An empty database",
        "A FastAPI application",
        "Build a link",
        "Datasette",
    ]
