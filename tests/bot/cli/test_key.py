"""`mimic key rotate`, as the shell calls it."""

import json

import pytest

from storage.keys import read_key


def test_the_key_is_changed_and_said_what_became_of_what(mimic, speaking):
    before = read_key(speaking / "key").key_id
    outcome = mimic("key", "rotate")
    assert outcome.code == 0
    assert "5 version folders under a new key" in outcome.out
    assert "version folders: 5 done" in outcome.err
    assert "only with the former key" in outcome.err
    assert read_key(speaking / "key").key_id != before
    said = mimic("say", "@ada", "--seed", 1)
    assert (said.code, said.err) == (0, "")


def test_json_is_one_object(mimic, speaking):
    outcome = mimic("key", "rotate", "--yes", "--json")
    receipt = json.loads(outcome.out)
    assert receipt.keys() == {"rows", "folders", "dropped", "seconds", "wiped", "waiting_file"}
    assert receipt["rows"] > 4_000
    assert (receipt["folders"], receipt["dropped"], receipt["wiped"]) == (5, 0, True)
    assert receipt["waiting_file"] is None


def test_the_same_seed_says_the_same_before_and_after(mimic, speaking):
    before = mimic("say", "@ada", "--seed", 3, "--json").out
    assert mimic("key", "rotate").code == 0
    assert mimic("say", "@ada", "--seed", 3, "--json").out == before != ""


def test_no_key_is_ever_shown(mimic, speaking):
    former = (speaking / "key").read_text().strip()
    outcome = mimic("key", "rotate")
    new = (speaking / "key").read_text().strip()
    for secret in (former, new):
        assert secret not in outcome.out + outcome.err


def test_with_the_key_in_the_environment_it_says_what_is_to_be_done(mimic, speaking, monkeypatch):
    monkeypatch.setenv("MIMIC_KEY", (speaking / "key").read_text())
    (speaking / "key").unlink()
    outcome = mimic("key", "rotate")
    sentence = f"put the content of {speaking / 'key.next'} into MIMIC_KEY, then delete that file"
    assert sentence in outcome.out
    refused = mimic("voices")
    assert refused.code == 1
    assert refused.err == f"mimic: The key was changed: {sentence}.\n"
    assert sentence in mimic("doctor").out
    monkeypatch.setenv("MIMIC_KEY", (speaking / "key.next").read_text())
    assert mimic("voices").code == 0


def test_a_voice_exported_before_is_refused_afterwards(mimic, speaking, tmp_path):
    assert mimic("voices", "export", "@ada", tmp_path / "ada.mimic").code == 0
    assert mimic("key", "rotate").code == 0
    outcome = mimic("voices", "import", tmp_path / "ada.mimic")
    assert outcome.code == 1
    assert "another key" in outcome.err


def test_a_damaged_voice_that_speaks_is_named_and_nothing_changes(mimic, speaking):
    before = (speaking / "key").read_text()
    for file in (speaking / "voices").glob("*/guard.safetensors"):
        file.write_bytes(b"torn")
    outcome = mimic("key", "rotate")
    assert outcome.code == 1
    assert "is damaged" in outcome.err
    assert (speaking / "key").read_text() == before
    assert mimic("consent", "list").code == 0


@pytest.mark.parametrize("arguments", [("rotate", "now"), ("turn",)])
def test_misuse_is_exit_code_2(mimic, arguments):
    assert mimic("key", *arguments).code == 2
