"""A real store in a folder of its own."""

import fcntl
import gc
import shutil

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, event

from storage.keys import Keyring
from storage.store import Store

# a busy machine is no failure
settings.register_profile(
    "patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


class _Statements(dict):
    """Compiled statements, found by what they say and not by the engine's dialect."""

    def get(self, key, default=None):
        return super().get(key[1:], default)

    def __setitem__(self, key, compiled):
        super().__setitem__(key[1:], compiled)


_compiled = _Statements()


@event.listens_for(Engine, "engine_connect")
def _compile_once(connection):
    """Compile each statement once: every store has an engine, which would do it all again."""
    connection.execution_options(compiled_cache=_compiled)


def pytest_ignore_collect(collection_path, config):
    """Leave a file that is slow as a whole alone: its import would load TensorFlow for nothing."""
    if config.option.markexpr == "not slow" and collection_path.suffix == ".py":
        return True if "\npytestmark = pytest.mark.slow\n" in collection_path.read_text() else None
    return None


def pytest_collection():
    """Look for no garbage while there is none: it takes a sixth of the collection."""
    gc.disable()


def pytest_collection_finish():
    gc.freeze()  # what is collected stays to the end
    gc.enable()


@pytest.fixture(scope="session")
def build_once(tmp_path_factory, worker_id):
    """Build a folder for all processes that test: the first to want it does, the others wait."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder if worker_id == "master" else folder.parent

    def build(name, fill):
        built, unfinished = shared / name, shared / f"{name}-unfinished"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not built.exists():
                unfinished.mkdir()
                fill(unfinished)
                unfinished.rename(built)
        return built

    return build


@pytest.fixture
def keyring():
    return Keyring(bytes(range(32)))


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'mimic.db'}"


@pytest.fixture(scope="session")
def _empty(build_once):
    """A database as the first opening makes it; making one takes longer than copying it."""

    def make(folder):
        Store.open(f"sqlite:///{folder}/mimic.db", Keyring(bytes(range(32)))).close()

    return build_once("empty", make) / "mimic.db"


@pytest.fixture
def open_new(tmp_path, keyring, _empty):
    """Open a new database beside the others, with options of `Store.open`."""

    def open_(name, **options):
        path = tmp_path / name
        shutil.copy(_empty, path)
        return Store.open(f"sqlite:///{path}", keyring, **options)

    return open_


@pytest.fixture
def store(open_new):
    store = open_new("mimic.db")
    yield store
    store.close()
