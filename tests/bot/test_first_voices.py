"""First voices of the sample workspace's people, as the commands see them."""

import json

import pytest

from bot.session import open_session
from bot.settings import Settings
from training.evaluation import evaluate
from training.first_voice import make_first_voice


def _make(home, *handles: str):
    with open_session(Settings.alone(home)) as session:
        for handle in handles:
            member = session.store.members.find(handle).id
            voice = session.store.voices.ensure("person", subject=member)
            assert make_first_voice(session.registry, voice) is not None
            yield from evaluate(session.registry, [voice])


@pytest.mark.slow
def test_without_a_base_people_are_foretold_better_than_by_their_own_six_characters(filled):
    rows = list(_make(filled, "@ada", "@bram", "@carmen"))
    assert [row.voice for row in rows] == ["@ada", "@bram", "@carmen"]
    for row in rows:
        assert row.voice_bits < row.own_6gram


@pytest.mark.parametrize("place", ["filled", "speaking"])
def test_every_command_knows_a_first_voice(mimic, request: pytest.FixtureRequest, tmp_path, place):
    home = request.getfixturevalue(place)
    (figures,) = _make(home, "@carmen")
    shown = json.loads(mimic("voices", "show", "@carmen", "--json").out)
    assert (shown["version"], shown["promoted"], shown["is_first"]) == (1, True, True)
    assert shown["loss_plot"] is None
    listed = [json.loads(line) for line in mimic("voices", "--json").out.splitlines()]
    assert any(row["voice"] == "@carmen" and row["bits_per_byte"] for row in listed)
    said = json.loads(mimic("say", "@carmen", "--json").out)
    assert said["text"]
    file = tmp_path / "messages.jsonl"
    file.write_text(json.dumps({"text": "What a lovely morning!"}) + "\n")
    assert json.loads(mimic("score", "@carmen", str(file), "--json").out)["bits"] > 0
    assert mimic("doctor").code == 0
    assert figures.voice_bits == pytest.approx(shown["bits_per_byte"])
