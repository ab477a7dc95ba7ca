"""What an interpreter restored from a memory image must have of its own.

The image was made when the site was built, and every visitor gets the same. Secrets need nothing:
`os.urandom`, and so `secrets` and `uuid4`, ask the browser each time. The seed of string hashes
stays the image's: no more than a nuisance to somebody who attacks himself with his own data.
"""

from __future__ import annotations

import importlib
import os
import random
import tempfile
import time
import uuid
from collections.abc import Mapping

#: What only the making of the image needed.
BUILD_ENVIRONMENT = ("PYTHONHASHSEED", "PYTHONNODEBUGRANGES")


def freshen(environment: Mapping[str, str]) -> None:
    """Renew chance, clocks, environment and whatever else remembers another machine.

    environment: what is the visitor's own. C's idea of the time zone must be right already.
    """
    for name in BUILD_ENVIRONMENT:
        os.environ.pop(name, None)
    os.environ.update(environment)
    random.seed()
    # These remember random choices, or what the machine is called.
    tempfile._name_sequence = None  # type: ignore[attr-defined]
    uuid._node = None  # type: ignore[attr-defined]
    _tell_time_zone()
    importlib.invalidate_caches()


def _tell_time_zone() -> None:
    """Do what `time.tzset` would, which Python has not in a browser."""
    year = time.localtime().tm_year
    moments = [
        time.localtime(time.mktime((year, month, 1, 12, 0, 0, 0, 1, -1))) for month in (1, 7)
    ]
    # Summer is where the clock is further ahead, in the south too.
    winter, summer = sorted(moments, key=lambda moment: moment.tm_gmtoff)
    zone: dict[str, object] = {
        "timezone": -winter.tm_gmtoff,
        "altzone": -summer.tm_gmtoff,
        "daylight": int(winter.tm_gmtoff != summer.tm_gmtoff),
        "tzname": (winter.tm_zone, summer.tm_zone),
    }
    for name, value in zone.items():
        setattr(time, name, value)
