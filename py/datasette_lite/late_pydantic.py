"""Pydantic, left out of memory images.

Datasette 1.0a41 has one module that needs it: for requests that create or alter a table. That is a
tenth of a download, a compiled extension included, and no page shows any of it. So images are made
with a stand-in for it. The first such request reads the module again, this time with Pydantic.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

#: Modules that were made with the stand-in. Their files are needed once more.
USERS = ("datasette.views.table_create_alter",)


class BaseModel:
    """Stands in for `pydantic.BaseModel`."""

    @classmethod
    def model_validate(cls, *args: Any, **how: Any) -> Any:
        """Do what the class would have done, had it been made with Pydantic.

        Raises ModuleNotFoundError while Pydantic's files have not arrived.
        """
        # In place: functions that were imported from the module find there what is new, too.
        module = importlib.reload(sys.modules[cls.__module__])
        return getattr(module, cls.__name__).model_validate(*args, **how)


def _unchanged(*names: Any, **how: Any) -> Callable[[T], T]:
    return lambda decorated: decorated


def _stand_in(name: str, **contents: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(contents)
    return module


STAND_INS = {
    "pydantic": _stand_in(
        "pydantic",
        BaseModel=BaseModel,
        ConfigDict=dict,
        Field=dict,
        ValidationError=Exception,
        field_validator=_unchanged,
        model_validator=_unchanged,
    ),
    "pydantic_core": _stand_in("pydantic_core", PydanticCustomError=Exception),
}


def leave_out() -> None:
    """Have Datasette's modules made with the stand-in. To be called before they are imported."""
    sys.modules.update(STAND_INS)


def forget() -> None:
    """From now on whoever imports Pydantic gets Pydantic.

    Raises AssertionError when another module than those that are read again has the stand-in.
    """
    for name in STAND_INS:
        sys.modules.pop(name, None)
    stand_ins = {id(each) for each in (*STAND_INS.values(), BaseModel)}
    others = {
        name
        for name, module in sys.modules.items()
        if name not in (__name__, *USERS)
        and any(id(value) in stand_ins for value in getattr(module, "__dict__", {}).values())
    }
    assert not others, f"these have the stand-in for Pydantic: {others}"
