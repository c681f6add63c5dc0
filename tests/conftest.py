"""A real store in a folder of its own."""

import shutil

import pytest

from storage.keys import Keyring
from storage.store import Store


@pytest.fixture
def keyring():
    return Keyring(bytes(range(32)))


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'mimic.db'}"


@pytest.fixture(scope="session")
def _empty(tmp_path_factory):
    """A database as the first opening makes it; making one takes longer than copying it."""
    path = tmp_path_factory.mktemp("empty") / "mimic.db"
    Store.open(f"sqlite:///{path}", Keyring(bytes(range(32)))).close()
    return path


@pytest.fixture
def store(database_url, keyring, _empty):
    shutil.copy(_empty, database_url.removeprefix("sqlite:///"))
    store = Store.open(database_url, keyring)
    yield store
    store.close()
