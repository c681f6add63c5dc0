"""Versions of voices that are rows alone, without a folder."""

from collections.abc import Iterable
from typing import Any

from storage.records import VersionRow, VoiceRow
from storage.store import Store

FIGURES = {"messages": 2, "bits_per_byte": 2.0, "base_bits_per_byte": 2.5, "tokens": 9}


def add_version(
    store: Store,
    voice: VoiceRow,
    folder: str,
    learned_from: Iterable[int] = (),
    *,
    base: int | None = None,
    **more: Any,
) -> VersionRow:
    """Register a version; `more` takes the place of `FIGURES`."""
    facts = {**FIGURES, "seconds": 1.0, **more}
    return store.voices.add_version(
        voice.id, folder=folder, base=base, learned_from=learned_from, **facts
    )
