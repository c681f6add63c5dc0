"""A small workspace of two people with clearly different habits, stored for real."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.ingestion import IngestPolicy, RawMessage
from storage.keys import Keyring
from storage.store import Store

TEAM = "T0TEA"
SHOUTER, WHISPERER = "U0SHOUT", "U0WHISPER"
THINGS = ["kettle", "spoon", "teapot", "biscuit", "saucer", "tray", "cup", "lemon"]
DEEDS = ["warmed", "lost", "found", "polished", "borrowed", "dropped"]


def _compose(user_id: str, rng: np.random.Generator) -> str:
    """One message in one of the two manners."""
    thing, deed = rng.choice(THINGS), rng.choice(DEEDS)
    if user_id == SHOUTER:
        return f"WHO {deed.upper()} THE {thing.upper()}?! {rng.choice(['HA', 'NO', 'OH'])}!!"
    return f"i think i {deed} a {thing}... {rng.choice(['sorry', 'again', 'maybe'])}"


def _write_messages(count: int, *, seed: int = 1) -> Iterator[RawMessage]:
    """Messages of both, by turns."""
    rng = np.random.default_rng(seed)
    speakers = itertools.islice(itertools.cycle([SHOUTER, WHISPERER]), count)
    for second, user_id in enumerate(speakers):
        payload = {
            "type": "message",
            "user": user_id,
            "team": TEAM,
            "text": _compose(user_id, rng),
            "ts": f"{1_700_000_000 + 1000 * seed + second}.000100",
        }
        yield RawMessage("C0TEA", payload)


def _fill(store: Store, count: int = 600, *, seed: int = 1) -> None:
    """Register the two, let them agree, and store their messages."""
    users = [
        {"id": SHOUTER, "team_id": TEAM, "name": "shouter", "profile": {"real_name": "Shouter"}},
        {"id": WHISPERER, "team_id": TEAM, "name": "whisperer", "profile": {}},
    ]
    store.members.register(users, team_id=TEAM)
    channels = [{"id": "C0TEA", "name": "tea"}]
    store.channels.register(channels, team_id=TEAM, kind="public")
    store.consent.grant([member.id for member in store.members.list()], actor="test")
    store.ingest(_write_messages(count, seed=seed), policy=IngestPolicy(team_id=TEAM))


@pytest.fixture(scope="session")
def write_messages():
    """Compose so many messages; another seed continues later."""
    return _write_messages


@pytest.fixture(scope="session")
def fill():
    """Fill a store with both people, agreed, and so many messages."""
    return _fill


@pytest.fixture(scope="session")
def _filled(build_once) -> Path:
    def make(folder: Path) -> None:
        store = Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32))))
        _fill(store)
        store.close()

    return build_once("two-people", make) / "mimic.db"


@pytest.fixture
def filled(_filled: Path, database_url: str, keyring: Keyring) -> Iterator[Store]:
    """A store with both people, agreed, and 300 messages of each."""
    shutil.copy(_filled, database_url.removeprefix("sqlite:///"))
    store = Store.open(database_url, keyring)
    yield store
    store.close()
