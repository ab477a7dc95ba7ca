"""What tells that data ran as code in a page, or could.

Payloads call `CALL`, which notes it in whatever frame and however late they run. What needs a
click or a pointer to run is found by looking at the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Error, Page

#: What payloads call.
CALL = "ranFromData"

#: Attributes that would run something, or lead to it, and elements that only markup makes.
LOOK = """(call) => {
  const found = [];
  const leads = ["href", "action", "formaction", "data", "xlink:href", "srcdoc"];
  for (const element of document.querySelectorAll("*")) {
    const tag = element.localName;
    if (tag === "hostile-mark") found.push("markup in " + element.parentNode.localName);
    for (const { name, value } of element.attributes) {
      const plain = value.replace(/[\\0-\\x20\\x7f]/g, "").toLowerCase();
      const runs = plain.startsWith("javascript:") && plain.includes(call.toLowerCase())
        || plain.startsWith("data:text") || name === "srcdoc" && value.includes(call);
      if (name.startsWith("on") && value.includes(call)) found.push(`${tag} ${name}`);
      else if (runs && (leads.includes(name) || name === "src" && tag !== "img")) {
        found.push(`${tag} ${name}=${value.slice(0, 60)}`);
      }
    }
  }
  if (/\\b1337\\b/.test(document.body?.innerText ?? "")) found.push("a template that was filled");
  return found;
}"""

#: Opens what is closed and presses what sends nothing away.
PRESS = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const buttons = "button:not([type=submit]), [role=button], th svg, .dropdown-menu-icon, "
    + "input[type=radio], input[type=button], .leaflet-marker-icon";
  for (const each of [...document.querySelectorAll(buttons)].slice(0, 40)) {
    if (each.closest("form[method=post]") && each.localName === "button" && !each.type) continue;
    each.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    each.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  }
  for (const each of document.querySelectorAll('a[href^="javascript:"]')) each.click();
}"""


@dataclass
class Watch:
    """What ran or could run so far. calls: payloads that ran; found: those that a page holds."""

    calls: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, page: Page) -> Watch:
        """Watch every frame of a tab from now on."""
        watch = cls()
        page.expose_binding(
            CALL, lambda source, *what: watch.calls.append(f"{what} at {source['page'].url[-80:]}")
        )
        return watch

    def visit(self, page: Page, url: str) -> bool:
        """Show an address, press what can be pressed, and note what the page holds meanwhile.

        Returns whether it was a page or a file, and not an error.
        """
        try:
            answer = page.goto(url, wait_until="load")
        except Error as error:
            # A file to download.
            return "Download is starting" in error.message
        self._note(page)
        try:
            page.evaluate(PRESS)
            page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
        except Error:
            page.wait_for_load_state()
        self._note(page)
        if not page.url.startswith(url.partition("/app/")[0]):
            self.found.append(f"{url[-80:]} led to {page.url[:80]}")
        return answer is not None and answer.status < 400

    def _note(self, page: Page) -> None:
        try:
            held = page.evaluate(LOOK, CALL)
        except Error:  # what was pressed leads elsewhere just now
            page.wait_for_load_state()
            held = page.evaluate(LOOK, CALL)
        for each in held:
            note = f"{each} at {page.url[-80:]}"
            if note not in self.found:
                self.found.append(note)
