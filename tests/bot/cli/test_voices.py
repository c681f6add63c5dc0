"""`say`, `score`, `voices`, `rollback` and `evaluate` with voices of random weights."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.session import open_session
from bot.settings import Settings
from storage.anonymization import PLACEHOLDERS, escape

ROOT = Path(__file__).parents[3]
PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))


def read_rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.fixture
def damage(speaking):
    """Flip a byte of a file in a version's folder."""

    def flip(folder, name):
        file = speaking / "voices" / folder / name
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)

    return flip


@pytest.mark.usefixtures("speaking")
def test_a_message_is_said_with_all_that_is_known_of_it(mimic):
    (row,) = read_rows(mimic("say", "@ada", "--json"))
    assert list(row) == ["voice", "version", "text", "stored", "score", "overlap"]
    assert (row["voice"], row["version"]) == ("@ada", 2)
    assert row["text"]
    assert 0 <= row["overlap"] <= 1


@pytest.mark.usefixtures("speaking")
def test_saying_loads_nothing_that_trains_migrates_or_draws_bars():
    command = [sys.executable, "-X", "importtime", "-m", "bot", "say", "@ada"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"onnxruntime", "sqlalchemy"} <= loaded
    assert not loaded & {"tensorflow", "keras", "onnx", "matplotlib", "sklearn"}
    assert not loaded & {"alembic", "phonenumbers", "structlog", "rich", "rich.progress"}


@pytest.mark.usefixtures("speaking")
def test_without_json_there_is_only_the_message(mimic):
    outcome = mimic("say", "@ada", "--seed", "3")
    assert outcome.code == 0
    assert outcome.out.strip()
    assert outcome.err == ""


@pytest.mark.usefixtures("speaking")
def test_the_same_seed_says_the_same_and_another_something_else(mimic):
    first, again, other = (mimic("say", "@ada", "--seed", seed, "--json").out for seed in (7, 7, 8))
    assert first == again != other


@pytest.mark.slow
@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("length", ["message", "thread", "story"])
def test_no_placeholder_reaches_a_reader(mimic, length):
    rows = read_rows(mimic("say", "@ada", "--count", 4, "--seed", 1, "--length", length, "--json"))
    assert any(PLACEHOLDER.search(row["stored"]) for row in rows)
    assert not any(PLACEHOLDER.search(row["text"]) for row in rows)


@pytest.mark.usefixtures("speaking")
def test_a_prompt_is_scrubbed_and_continued(mimic):
    prompt = "mail <@U06BRAMKES> now"
    (row,) = read_rows(mimic("say", "@ada", "--prompt", prompt, "--seed", 1, "--json"))
    assert row["stored"].startswith("mail <user> now")
    assert re.match(r"mail (?!<user>|Ada\b).+ now", row["text"])


@pytest.mark.usefixtures("speaking")
def test_a_prompt_that_is_a_real_message_gives_the_least_alike_and_says_so(mimic):
    with open_session(Settings.load()) as session:
        real = max((message.text for message in session.store.messages.read()), key=len)
    outcome = mimic("say", "@ada", "--prompt", escape(real), "--seed", 1, "--json")
    (row,) = read_rows(outcome)
    assert row["overlap"] * len(row["stored"]) > 40  # however long the rest is
    assert "comes close to real messages" in outcome.err


@pytest.mark.usefixtures("speaking")
def test_what_is_answered_changes_what_is_said(mimic):
    plain = mimic("say", "@ada", "--seed", 1).out
    assert mimic("say", "@ada", "--seed", 1, "--reply-to", "shall we?").out != plain


@pytest.mark.usefixtures("speaking")
def test_a_blend_names_its_shares_and_its_versions(mimic):
    (row,) = read_rows(mimic("say", "3*@ada + @bram", "--json"))
    assert (row["voice"], row["version"]) == ("75% @ada + 25% @bram", [2, 2])


@pytest.mark.usefixtures("speaking")
def test_a_voice_blended_with_itself_is_itself(mimic):
    both, alone = (
        mimic("say", target, "--seed", 1, "--json").out for target in ("@ada + U06ADALIND", "@ada")
    )
    assert both == alone


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("@nobody", "mimic: @nobody: Nobody here goes by that name"),
        ("#nowhere", "mimic: #nowhere: No channel goes by that name"),
        ("@carmen", "mimic: @carmen: This TARGET has no voice yet"),
        ("channel:general", "mimic: channel:general: This TARGET has no voice yet"),
        ("shakespeare", "mimic: shakespeare: This TARGET has no voice yet"),
    ],
)
def test_whoever_cannot_speak_is_said_in_one_sentence(mimic, target, complaint):
    outcome = mimic("say", target)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(complaint)
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("speaking")
def test_whoever_stopped_agreeing_is_not_mimicked(mimic):
    mimic("consent", "revoke", "@ada")
    outcome = mimic("say", "@bram + @ada")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("mimic: @ada: This person does not agree")


def test_an_ambiguous_name_is_one_sentence_with_what_to_type_instead(mimic, tmp_path):
    export = tmp_path / "export"
    (export / "general").mkdir(parents=True)
    people = [
        {"id": f"U0ANN000{n}", "name": f"ann{n}", "profile": {"display_name": "Ann"}}
        for n in (1, 2)
    ]
    (export / "users.json").write_text(json.dumps(people))
    (export / "channels.json").write_text('[{"id": "C0GENERAL", "name": "general"}]')
    (export / "general" / "2025-01-06.json").write_text("[]")
    assert mimic("import", export, "--consent", "all").code == 0
    outcome = mimic("say", "@Ann")
    assert outcome.code == 1
    assert "@ann1, @ann2" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.usefixtures("speaking")
def test_a_score_counts_bits_and_bytes(mimic, tmp_path):
    file = tmp_path / "messages.jsonl"
    file.write_text('{"text": "lunch &lt;3"}\n{"text": "<@U06BRAMKES>"}\n')
    (row,) = read_rows(mimic("score", "@ada", file, "--json"))
    assert (row["messages"], row["bytes"]) == (2, len("lunch <3") + len("<user>") + 2)
    assert row["bits"] > 0
    assert row["bits_per_byte"] == pytest.approx(row["bits"] / row["bytes"])
    assert "bits per byte" in mimic("score", "@ada", file).out


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize(
    ("content", "complaint"),
    [('{"text": "a"}\n{"txt": "b"}\n', "Line 2"), ("", "no message"), (None, "cannot be read")],
)
def test_a_broken_file_is_not_scored(mimic, tmp_path, content, complaint):
    file = tmp_path / "messages.jsonl"
    if content is not None:
        file.write_text(content)
    outcome = mimic("score", "@ada", file)
    assert (outcome.code, outcome.out) == (1, "")
    assert complaint in outcome.err


@pytest.mark.usefixtures("speaking")
def test_voices_are_listed_with_their_figures(mimic):
    rows = read_rows(mimic("voices", "--json"))
    assert rows[1] == {
        "voice": "@ada",
        "kind": "person",
        "version": 2,
        "promoted": True,
        "messages": 660,
        "bits_per_byte": 2.5,
    }
    assert [row["voice"] for row in rows] == ["base", "@ada", "@bram"]
    assert mimic("voices").out.splitlines()[0].split("\t")[0] == "voice"


@pytest.mark.usefixtures("speaking")
def test_a_voice_is_shown_with_its_versions(mimic):
    (facts,) = read_rows(mimic("voices", "show", "@ada", "--json"))
    states = [(version["version"], version["state"]) for version in facts["versions"]]
    assert states == [(2, "promoted"), (1, "retired")]
    assert "@ada" in mimic("voices", "show", "@ada").out


@pytest.mark.usefixtures("speaking")
def test_rolling_back_lets_the_version_before_speak(mimic):
    (row,) = read_rows(mimic("rollback", "@ada", "--json"))
    assert row == {"voice": "@ada", "version": 1, "promoted": True}
    (said,) = read_rows(mimic("say", "@ada", "--json"))
    assert said["version"] == 1
    assert mimic("rollback", "@ada", "2").code == 0
    outcome = mimic("rollback", "@ada", "9")
    assert outcome.code == 1
    assert "9" in outcome.err


@pytest.mark.usefixtures("speaking")
def test_a_removed_voice_is_gone_and_the_others_stay(mimic):
    assert mimic("voices", "remove", "@ada").code == 2
    assert mimic("voices", "remove", "@ada", "--yes").code == 0
    assert [row["voice"] for row in read_rows(mimic("voices", "--json"))] == ["base", "@bram"]
    assert mimic("say", "@bram").code == 0


@pytest.mark.usefixtures("speaking")
def test_an_exported_voice_comes_back_and_says_the_same(mimic, tmp_path):
    before = mimic("say", "@ada", "--seed", 1).out
    file = tmp_path / "ada.mimic"
    (written,) = read_rows(mimic("voices", "export", "@ada", file, "--json"))
    assert written["bytes"] == file.stat().st_size
    mimic("voices", "remove", "@ada", "--yes")
    (voice,) = read_rows(mimic("voices", "import", file, "--json"))
    assert voice["voice"] == "@ada"
    assert mimic("say", "@ada", "--seed", 1).out == before


@pytest.mark.usefixtures("speaking")
def test_a_file_that_is_no_voice_is_refused(mimic, tmp_path):
    file = tmp_path / "ada.mimic"
    file.write_bytes(b"PK nothing")
    outcome = mimic("voices", "import", file)
    assert outcome.code == 1
    assert "ada.mimic" in outcome.err


def test_a_damaged_version_is_named_and_the_one_before_speaks(mimic, damage):
    (facts,) = read_rows(mimic("voices", "show", "@ada", "--json"))
    folder = facts["versions"][0]["folder"]
    damage(folder, "conditioning.safetensors")
    outcome = mimic("say", "@ada", "--json")
    (row,) = read_rows(outcome)
    assert row["version"] == 1
    assert folder in outcome.err
    problems = [
        row
        for row in map(json.loads, mimic("doctor", "--json").out.splitlines())
        if not row["is_ok"]
    ]
    assert [problem["subject"] for problem in problems] == ["voices"]
    assert "version 2 of @ada" in problems[0]["detail"]


@pytest.mark.usefixtures("speaking")
def test_figures_stand_beside_their_baselines(mimic):
    rows = read_rows(mimic("evaluate", "--json"))
    assert [row["voice"] for row in rows] == ["@ada", "@bram"]
    assert all(row["messages"] and row["own_6gram"] > 0 for row in rows)


def test_without_voices_there_is_a_hint(mimic):
    outcome = mimic("voices")
    assert (outcome.code, outcome.out) == (0, "")
    assert "mimic train" in outcome.err
