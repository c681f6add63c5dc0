"""What the database file keeps of the former key, and when that is gone."""

import sqlite3

from storage.database import Database
from storage.rotation import Rotation
from tests.storage.rotation.keys import FOLDERS, NEW, ignore, read_bytes


def test_no_sealed_thing_is_left_in_the_file_once_it_is_finished(filled, database_url, tmp_path):
    before = set().union(*read_bytes(filled).values())
    filled.rotation.switch(NEW, FOLDERS, ignore)
    assert filled.rotation.is_unfinished()
    assert filled.rotation.finish()
    assert not filled.rotation.is_unfinished()
    filled.close()
    for file in tmp_path.glob("mimic.db*"):
        content = file.read_bytes()
        assert not any(value in content for value in before)


def test_a_change_of_the_key_outlasts_a_power_cut(filled):
    with filled._database.writing(is_durable=True) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    with filled._database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1


def test_a_database_that_is_being_read_is_cleared_the_next_time(filled, database_url, tmp_path):
    filled.rotation.switch(NEW, FOLDERS, ignore)
    database = Database(database_url, patience_seconds=0.05)
    rotation = Rotation(database, NEW)
    reader = sqlite3.connect(tmp_path / "mimic.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()
    assert not rotation.finish()
    assert rotation.is_unfinished()
    reader.close()
    assert rotation.finish()
    assert not rotation.is_unfinished()
    database.close()
