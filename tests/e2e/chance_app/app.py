"""Answers every request with what must differ between engines, and what must be right in each."""

from __future__ import annotations

import json
import os
import random
import secrets
import sqlite3
import tempfile
import time
import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel


class Model(BaseModel):
    """Made after the restore, checked by compiled code from before it."""

    number: int
    names: dict[str, float]


async def create_app(launch: Any) -> Any:
    """The application."""
    return app


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with JSON."""
    if scope["type"] != "http":
        return
    body = json.dumps({"chance": chance(), "facts": facts()}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def chance() -> dict[str, object]:
    """What two engines never have in common."""
    return {
        "random": random.random(),
        "choice": random.choices(range(1000), k=8),
        "secrets": secrets.token_hex(8),
        "uuid4": str(uuid.uuid4()),
        "node": uuid.getnode(),
        "tempfile": tempfile.mktemp(),
        "urandom": os.urandom(8).hex(),
        "sqlite": sqlite3.connect(":memory:").execute("select random()").fetchone()[0],
    }


def facts() -> dict[str, object]:
    """What is true of the visitor's own machine."""
    return {
        "time": time.time(),
        "hour": time.localtime().tm_hour,
        "tzname": time.tzname,
        "timezone": time.timezone,
        "TZ": os.environ.get("TZ"),
        "offset": datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu")).strftime("%z"),
        "build": [
            name for name in os.environ if name.startswith("PYTHON") and name != "PYTHONINSPECT"
        ],
        "model": Model.model_validate({"number": "3", "names": {"a": "1.5"}}).model_dump(),
    }
