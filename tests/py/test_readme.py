"""The README and the code say the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FAULTS = (ROOT / "loader/shared/faults.js").read_text("utf-8")
OPTIONS = (ROOT / "loader/shared/options.js").read_text("utf-8")


def test_readme_explains_every_fault_code_and_no_other() -> None:
    cases = FAULTS[FAULTS.index("const CASES") : FAULTS.index("export const FAULT_CODES")]
    codes = re.findall(r"^  '?([a-z-]+)'?: \{$", cases, re.MULTILINE)
    assert len(codes) > 20
    assert re.findall(r"^#### ([a-z-]+)$", README, re.MULTILINE) == codes


def test_readme_explains_every_option() -> None:
    names = re.findall(r"name: '(\w+)'", OPTIONS)
    assert {"url", "memory"} <= set(names)
    for name in names:
        assert f"| `?{name}=" in README, f"README's table of options lacks {name}"


def test_changelog_starts_with_the_projects_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert version
    assert newest
    assert newest[1] == version[1]
