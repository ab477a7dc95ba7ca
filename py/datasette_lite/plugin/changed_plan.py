"""Links to the start page's builder, filled with the plan and what was found out about a source."""

from __future__ import annotations

from collections.abc import Mapping

from datasette.utils import tilde_encode

from datasette_lite.importers.import_settings import SETTING_NAMES
from datasette_lite.launch import Launch, LoadedSource


def change_link(launch: Launch, source: LoadedSource, detected: Mapping[str, str]) -> str:
    """Where the visitor can say otherwise than was detected.

    The plan with what was detected written out after its source, as `#build=` of the start page
    takes it: a segment, in no particular order.
    """
    pairs: list[tuple[str, str]] = []
    found = False
    for key, value in launch.options:
        pairs.append((key, value))
        if not found and (key, value) == (source.option, source.value):
            found = True
            pairs += [each for each in detected.items() if each[0] not in source.settings]
    plan = "&".join(f"{key}={tilde_encode(value)}" for key, value in pairs)
    return f"{launch.site_url}#build={plan}"


def settings_in_words(detected: Mapping[str, str]) -> str:
    """As a link has them: `delimiter=; encoding=cp1252 header=1`."""
    words = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "pipe", ":": "colon"}
    return " ".join(
        f"{name}={words.get(detected[name], detected[name])}"
        for name in SETTING_NAMES
        if name in detected
    )
