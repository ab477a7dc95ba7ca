"""GeoJSON features as rows (RFC 7946)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_feature(value: Any) -> bool:
    """Whether an object is a GeoJSON feature."""
    return isinstance(value, dict) and value.get("type") == "Feature" and "geometry" in value


def feature_row(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Its id, its properties and its geometry, which becomes GeoJSON text, side by side.

    A property keeps its name; what else has that name gives way: `feature_id`, `feature_geometry`.
    """
    properties = feature.get("properties")
    named = properties if isinstance(properties, dict) else {}
    row: dict[str, Any] = {}
    if "id" in feature:
        row["feature_id" if "id" in named and named["id"] != feature["id"] else "id"] = feature[
            "id"
        ]
    row |= named
    for key, value in feature.items():
        if key not in ("type", "id", "properties"):
            row[f"feature_{key}" if key in named else key] = value
    return row
