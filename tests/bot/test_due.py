import pytest

from bot.due import choose_voices
from bot.errors import NoSuchVoice
from bot.session import Session, open_session
from bot.settings import Settings
from storage.records import VoiceRow
from tests.training import tiny_artifacts
from tests.training.tiny_artifacts import add_base, add_delta
from training.authorship import learn_authors
from training.corpus import build_corpus, count_bytes


@pytest.fixture
def session(filled):
    """The sample workspace, where everybody agreed and nothing is trained."""
    with open_session(Settings.load()) as session:
        yield session


@pytest.fixture
def ada(session: Session) -> VoiceRow:
    store = session.store
    return store.voices.ensure("person", subject=store.members.find("@ada").id)


@pytest.fixture
def fresh(session: Session, ada: VoiceRow, monkeypatch) -> None:
    """A base and a voice of Ada's that have learned all there is."""
    messages = session.store.members.get(ada.subject).messages
    corpus = build_corpus(session.store.messages.read())
    facts = {**tiny_artifacts.FACTS, "bytes": count_bytes(corpus.texts), "messages": messages}
    monkeypatch.setattr(tiny_artifacts, "FACTS", facts)
    two = frozenset(sorted(set(corpus.authors.tolist()))[:2])  # as many as the tiny base knows
    attributor = learn_authors(
        build_corpus(each for each in session.store.messages.read() if each.author in two)
    )
    base = add_base(session.registry, members=two, attributor=attributor)
    add_delta(session.registry, ada, base)


def choose(session: Session, target: str, *, is_forced: bool) -> list[str] | None:
    run = session.store.runs.queue(target, is_forced=is_forced)
    session.store.runs.cancel(run.id)
    chosen = choose_voices(session.registry, run)
    if chosen is None:
        return None
    return sorted(session.registry.label(voice) for voice in chosen)


READY = ["#general", "@ada", "@bram", "@carmen", "@dov", "@etta"]


@pytest.mark.parametrize("is_forced", [True, False])
def test_all_is_everybody_and_everything_with_enough_messages(session, is_forced):
    found = choose(session, "all", is_forced=is_forced)
    assert set(READY) <= set(found or ())
    assert "@finn" not in (found or ())


@pytest.mark.usefixtures("fresh")
def test_unforced_all_leaves_out_what_is_not_due(session):
    assert "@ada" not in choose(session, "all", is_forced=False)
    assert "@ada" in choose(session, "all", is_forced=True)


@pytest.mark.usefixtures("fresh")
def test_nothing_may_be_due(session, ada):
    assert choose(session, ada.label, is_forced=False) is None
    assert choose(session, "base", is_forced=False) is None
    assert choose(session, f"base {ada.label}", is_forced=False) is None


@pytest.mark.usefixtures("fresh")
def test_what_is_forced_is_trained_though_it_is_not_due(session, ada):
    assert choose(session, ada.label, is_forced=True) == ["@ada"]
    assert choose(session, "base", is_forced=True) == ["base"]


@pytest.mark.usefixtures("fresh")
def test_beside_other_voices_the_base_is_left_to_its_own_rule(session, ada):
    assert choose(session, f"base {ada.label}", is_forced=True) == ["@ada"]


def test_a_base_that_is_due_is_reason_enough(session):
    assert choose(session, "base", is_forced=False) == []


def test_several_labels_are_several_voices(session):
    store = session.store
    bram = store.members.find("@bram").id
    channel = store.channels.find("channel:general").id
    target = f"person:{bram} channel:{channel}"
    assert choose(session, target, is_forced=False) == ["#general", "@bram"]


def test_without_messages_nothing_is_due_but_what_is_forced_is_tried(home):
    with open_session(Settings.load()) as session:
        assert choose(session, "all", is_forced=False) is None
        assert choose(session, "all", is_forced=True) == []


def test_a_text_cannot_be_read_again(session):
    with pytest.raises(NoSuchVoice, match="mimic learn"):
        choose(session, "text:shakespeare", is_forced=True)
