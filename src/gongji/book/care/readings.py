"""Meters as text, to be kept: `meter[per]@window`, each with its reading."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gongji.engine.meters import ACCOUNT, MeterKey, Meters

__all__ = ["key_named", "readings_of", "text_of"]


def text_of(readings: Mapping[MeterKey, int]) -> str:
    """Readings as JSON, by key; those of nothing are left out, but for the account's."""
    kept = {str(key): value for key, value in readings.items() if value or key == ACCOUNT}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def readings_of(text: str) -> Meters:
    """Meters from their text."""
    return Meters({key_named(name): value for name, value in json.loads(text).items()})


def key_named(name: str) -> MeterKey:
    """The key of a reading from its text."""
    front, _, window = name.rpartition("@")
    meter, _, per = front.partition("[")
    return MeterKey(meter, per.removesuffix("]"), window)
