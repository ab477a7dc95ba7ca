"""`plugins` in lite.json: which plugins a site runs at all, and where it looks for them."""

import json
import re
from typing import Any

from building.progress import BuildError

EXAMPLE = '{"plugins": {"allow": "verified", "index": "https://packages.example/simple"}}'


def plugin_policy(lite_json: bytes) -> dict[str, Any]:
    """Return the policy of a site for vendor/release.js.

    allow: `verified` for the plugins of plugins-allowlist.json alone, `any` (the default) for
    others too, each with the visitor's consent. index: a package index in place of the public one.
    Raises BuildError for anything else.
    """
    given = json.loads(lite_json)
    policy = given.get("plugins", {}) if isinstance(given, dict) else {}
    if not isinstance(policy, dict) or policy.keys() - {"allow", "index"}:
        raise _bad(policy)
    allow, index = policy.get("allow", "any"), policy.get("index")
    if allow not in ("any", "verified"):
        raise _bad(policy)
    if index is not None and not re.fullmatch(r"https?://[^\s?#]+", str(index)):
        raise _bad(policy)
    return {
        "publicIndex": index and str(index).rstrip("/"),
        "onlyVerified": allow == "verified",
    }


def _bad(policy: object) -> BuildError:
    return BuildError(
        f'Could not use "plugins": {json.dumps(policy)} in lite.json. It looks like {EXAMPLE}.'
    )
