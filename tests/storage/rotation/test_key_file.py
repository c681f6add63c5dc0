"""The file of the key: the next one lies beside it until it is in force."""

import pytest

from storage.errors import InvalidKey
from storage.keys import next_key_file, read_key
from tests.storage.rotation.keys import FOLDERS, ignore


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "key"


def test_the_next_key_takes_the_place_of_the_former_only_once_it_is_in_force(filled, key_file):
    key_file.write_text("the former key")
    new = filled.rotation.prepare(key_file)
    beside = next_key_file(key_file)
    assert beside.stat().st_mode & 0o777 == 0o600
    filled.rotation.adopt(key_file)
    assert key_file.read_text() == "the former key"
    filled.rotation.switch(new, FOLDERS, ignore)
    filled.rotation.adopt(key_file)
    assert read_key(key_file).key_id == new.key_id
    assert not beside.exists()
    filled.rotation.adopt(key_file)


def test_a_next_key_that_was_never_used_is_replaced(filled, key_file):
    first = filled.rotation.prepare(key_file)
    second = filled.rotation.prepare(key_file)
    assert read_key(next_key_file(key_file)).key_id == second.key_id != first.key_id


def test_half_a_next_key_takes_nobodys_place(filled, key_file):
    key_file.write_text("the former key")
    next_key_file(key_file).write_text("hal")
    next_key_file(key_file).chmod(0o600)
    filled.rotation.adopt(key_file)
    assert key_file.read_text() == "the former key"


def test_a_next_key_that_cannot_be_written_changes_nothing(filled, tmp_path):
    with pytest.raises(InvalidKey, match="cannot be written"):
        filled.rotation.prepare(tmp_path / "missing" / "key")
    assert filled.members.find("ada").handle == "ada"


def test_a_key_behind_a_link_is_replaced_where_it_is(filled, tmp_path):
    safe = tmp_path / "safe"
    safe.mkdir()
    (safe / "master").write_text("the former key")
    link = tmp_path / "key"
    link.symlink_to(safe / "master")
    new = filled.rotation.prepare(link)
    filled.rotation.switch(new, FOLDERS, ignore)
    filled.rotation.adopt(link)
    assert link.is_symlink()
    assert read_key(safe / "master").key_id == new.key_id
