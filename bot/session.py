"""One use of the program: settings read, database and voices opened, and closed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.logs import configure_logging
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.mimicry import Mimicry
    from storage.store import Store
    from training.voices import VoiceRegistry


@dataclass(frozen=True)
class Session:
    """What a command works with."""

    settings: Settings
    store: "Store"

    @cached_property
    def registry(self) -> "VoiceRegistry":
        """The voices; opened on first use, because it loads ONNX Runtime."""
        from training.voices import VoiceRegistry

        return VoiceRegistry(self.store, self.settings.models_folder)

    @cached_property
    def mimicry(self) -> "Mimicry":
        """The service that speaks."""
        from bot.mimicry import Mimicry

        return Mimicry(self.store, self.registry)


def read_settings() -> Settings:
    """Read the settings and start logging as they say."""
    settings = Settings.load()
    configure_logging(settings.log_level, settings.log_format)
    return settings


@contextmanager
def open_session(settings: Settings | None = None) -> Iterator[Session]:
    """Open everything; the first use of a home makes its key and its database."""
    from bot.opening import open_store

    settings = settings or read_settings()
    settings.make_home()
    store = open_store(settings)
    try:
        yield Session(settings, store)
    finally:
        store.close()
