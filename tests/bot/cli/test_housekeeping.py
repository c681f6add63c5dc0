"""What an import does besides: old messages go, and names that are new are scrubbed."""

import json
import time

import pytest

from bot.session import open_session
from bot.settings import Settings

ADA = {"id": "U0ADA1111", "team_id": "T0TEA1111", "name": "ada", "profile": {}}
ZULEIKA = {"id": "U0ZULEIKA", "team_id": "T0TEA1111", "name": "zuleika", "profile": {}}
DAY = 86_400


@pytest.fixture
def write_export(tmp_path):
    """Write an export with these users and messages of Ada's, so many days old."""

    def write(name, users, **messages):
        folder = tmp_path / name
        (folder / "tea").mkdir(parents=True)
        (folder / "users.json").write_text(json.dumps(users))
        (folder / "channels.json").write_text(json.dumps([{"id": "C0TEA1111", "name": "tea"}]))
        posts = [
            {
                "type": "message",
                "user": ADA["id"],
                "text": text.replace("_", " "),
                "ts": f"{time.time() - days * DAY:.6f}",
            }
            for text, days in messages.items()
        ]
        (folder / "tea" / "2025-01-01.json").write_text(json.dumps(posts))
        return folder

    return write


def read_texts() -> list[str]:
    with open_session(Settings.load()) as session:
        return [message.text for message in session.store.messages.read()]


@pytest.mark.slow
def test_a_name_that_comes_with_a_later_import_is_scrubbed_from_the_earlier_one(
    mimic, write_export
):
    first = write_export("first", [ADA], ask_Zuleika=9, nothing_here=8)
    outcome = mimic("import", first, "--consent", "all")
    assert "scrubbed again" not in outcome.err
    assert read_texts() == ["ask Zuleika", "nothing here"]
    second = write_export("second", [ADA, ZULEIKA], Zuleika_came=7)
    outcome = mimic("import", second, "--consent", "all", "--json")
    assert json.loads(outcome.out)["messages_stored"] == 1
    assert "2 messages from before are scrubbed again" in outcome.err
    assert read_texts() == ["ask <name>", "nothing here", "<name> came"]
    again = mimic("import", second, "--consent", "all")
    assert "scrubbed again" not in again.err


def test_what_is_too_old_is_not_taken_in_and_goes_where_it_was(mimic, write_export, monkeypatch):
    export = write_export("export", [ADA], old=40, older=50, young=3)
    mimic("import", export, "--consent", "all")
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "30")
    outcome = mimic("import", export, "--consent", "all", "--json")
    counts = json.loads(outcome.out)
    assert counts["messages_dropped"] == {"expired": 2}
    assert counts["messages_unchanged"] == 1
    assert "2 messages are older than MIMIC_RETENTION_DAYS" in outcome.err
    assert read_texts() == ["young"]
    assert "older" not in mimic("import", export, "--consent", "all").err
