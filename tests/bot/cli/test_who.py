"""`mimic who`: with voices of random weights, and a base that tells people apart for real."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bot.session import Session, open_session
from bot.settings import Settings
from tests.storage.slack import grant_all, ingest, post, register
from tests.training.tiny_artifacts import add_base, add_delta
from training.attribution import Attributor
from training.authorship import learn

LOUD, CALM = "WHERE IS MY {}?! NOW!!", "i think i saw the {}... sorry"
THINGS = ("tea", "cup", "tray", "spoon", "kettle", "saucer")
SHOUTING = '{"text": "WHO TOOK THE POT?!"}\n\nWHERE IS IT?! NOW!!\n'


@cache
def learn_manners(ada: int, bob: int) -> Attributor | None:
    manners = {ada: LOUD, bob: CALM}
    texts = [manner.format(thing) for manner in manners.values() for thing in THINGS]
    return learn(texts, [member for member in manners for _ in THINGS])


@pytest.fixture
def session(opened) -> Iterator[Session]:
    """Ada shouts and Bob is calm."""
    with open_session(Settings.alone(opened)) as session:
        store, registry = session.store, session.registry
        register(store)
        grant_all(store)
        ingest(store, post("hello"))
        ada, bob = (store.members.find(name).id for name in ("ada", "bob"))
        attributor = learn_manners(ada, bob)
        base = add_base(registry, members=frozenset({ada, bob}), attributor=attributor)
        for member in (ada, bob):
            add_delta(registry, store.voices.ensure("person", subject=member), base)
        yield session


def read_guesses(outcome) -> dict[str, float]:
    assert outcome.code == 0, outcome.err
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert all(list(row) == ["voice", "probability"] for row in rows)
    return {row["voice"]: row["probability"] for row in rows}


@pytest.mark.usefixtures("session")
def test_the_likeliest_voice_comes_first(mimic):
    guesses = read_guesses(mimic("who", "-", "--json", stdin=SHOUTING))
    assert list(guesses) == ["@ada", "@bob"]
    assert guesses["@ada"] > 0.6
    assert sum(guesses.values()) == pytest.approx(1)


@pytest.mark.usefixtures("session")
def test_all_lines_are_judged_as_one(mimic, tmp_path):
    file = tmp_path / "lines.txt"
    file.write_text("i think i lost it... sorry\n")
    one = read_guesses(mimic("who", file, "--json"))
    file.write_text("i think i lost it... sorry\n" * 4)
    four = read_guesses(mimic("who", file, "--json"))
    odds = [each["@bob"] / each["@ada"] for each in (one, four)]
    assert odds[0] > 1
    assert odds[1] == pytest.approx(odds[0] ** 4, rel=1e-3)


@pytest.mark.usefixtures("session")
def test_what_is_judged_is_what_would_be_stored(mimic):
    plain, linked = (
        read_guesses(mimic("who", "-", "--json", stdin=f"i saw {whom}... sorry"))
        for whom in ("&lt;user&gt;", "<@U0BOB1111>")
    )
    assert plain != linked  # a placeholder that somebody typed is no placeholder
    assert linked == read_guesses(mimic("who", "-", "--json", stdin="i saw <@U0ADA1111>... sorry"))


def test_who_does_not_agree_is_not_named(session, mimic):
    session.store.consent.set(session.store.members.find("ada").id, "paused", actor="test")
    assert read_guesses(mimic("who", "-", "--json", stdin=SHOUTING)) == {"@bob": 1.0}


def test_who_has_no_voice_is_not_named(session, mimic):
    bob = session.store.members.find("bob").id
    session.registry.remove(session.store.voices.ensure("person", subject=bob))
    assert read_guesses(mimic("who", "-", "--json", stdin=SHOUTING)) == {"@ada": 1.0}


@pytest.mark.parametrize("seconds", [3_600, 90_000])
def test_a_voice_that_is_silent_is_not_named(session, mimic, seconds):
    bob = session.store.voices.find("person", subject=session.store.members.find("bob").id)
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=seconds)
    with session.store._database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE versions SET stale_since = ? WHERE voice = ?", (since.isoformat(" "), bob.id)
        )
    guesses = read_guesses(mimic("who", "-", "--json", stdin=SHOUTING))
    assert ("@bob" in guesses) == (seconds < 86_400)


@pytest.mark.usefixtures("session")
def test_a_person_reads_a_table(mimic):
    assert mimic("who", "-", stdin=SHOUTING).out.splitlines()[0] == "voice\tprobability"


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("content", [b"", b"\n \n", b"caf\xe9\n", None])
def test_a_file_without_messages_is_refused_in_one_sentence(mimic, tmp_path, content):
    file = tmp_path / "lines.txt"
    if content is not None:
        file.write_bytes(content)
    outcome = mimic("who", file)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("mimic: ")
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.usefixtures("small")
def test_a_base_that_tells_nobody_apart_names_nobody(mimic):
    outcome = mimic("who", "-", stdin="hello")
    assert (outcome.code, outcome.out) == (1, "")
    assert "mimic train" in outcome.err


@pytest.mark.usefixtures("opened")
def test_without_any_voice_nobody_is_named(mimic):
    outcome = mimic("who", "-", stdin="hello")
    assert (outcome.code, outcome.out) == (1, "")
    assert "mimic train" in outcome.err
