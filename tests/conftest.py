"""A real store in a folder of its own."""

import pytest

from storage.keys import Keyring
from storage.store import Store


@pytest.fixture
def keyring():
    return Keyring(bytes(range(32)))


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'mimic.db'}"


@pytest.fixture
def store(database_url, keyring):
    store = Store.open(database_url, keyring)
    yield store
    store.close()
