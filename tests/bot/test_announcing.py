import time
from collections.abc import Callable, Iterator

import pytest

from bot.announcing import Announcer
from bot.session import Session, open_session
from bot.settings import Settings
from bot.slack import Slack
from storage.records import VoiceRow
from tests.fake_slack import BRAM, OFFICE, FakeSlack
from tests.training.tiny_artifacts import FACTS, add_base, add_delta
from training.artifacts import LOSS_PLOT, commit, staging
from training.plots import draw_loss
from training.registration import add_version

HISTORY = [{"step": 1, "tokens": 10.0, "seconds": 1.0, "bits_per_byte": 3.0}]


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def session(opened, fake: FakeSlack) -> Iterator[Session]:
    with open_session(Settings.alone(opened)) as session:
        workspace = fake.workspace
        session.store.members.register(workspace.users.values(), team_id=workspace.team_id)
        facts = [workspace.channel(OFFICE).facts]
        session.store.channels.register(facts, team_id=workspace.team_id, kind="private")
        yield session


@pytest.fixture
def announce(session: Session, fake: FakeSlack) -> Iterator[Callable[[], None]]:
    """Start an announcer; several may be at work, as in several processes."""
    started = []

    def start() -> None:
        announcer = Announcer(session, Slack(fake.client()), looking_seconds=0.05)
        announcer.start()
        started.append(announcer)

    yield start
    for each in started:
        each.close()


def queue(session: Session, target: str = "base", *, asker: str = "@bram") -> int:
    member = session.store.members.find(asker)
    session.store.runs.queue(target, requested_by=member.id)
    run = session.store.runs.take()
    assert run is not None
    return run.id


def add_plotted(session: Session, voice: VoiceRow) -> None:
    """Register and promote a version that keeps only its loss plot."""
    with staging(session.registry.folder) as staged:
        staged.write(LOSS_PLOT, draw_loss(HISTORY, "bits per byte"))
        artifact = commit(staged, FACTS)
    version = add_version(session.store, voice, artifact, (2.25, 2.5), learned_from=frozenset())
    session.store.voices.promote([version.id])


def test_whoever_asked_hears_how_it_ended_with_figures_and_the_loss_plot(session, fake, announce):
    ada = session.store.voices.ensure("person", subject=session.store.members.find("@ada").id)
    add_delta(session.registry, ada, add_base(session.registry))  # before the run: not of it
    time.sleep(0.01)
    run = queue(session, ada.label)
    add_plotted(session, ada)
    figures = {"device": "NVIDIA H100", "tokens": 12_000, "seconds": 90.0, "cost": 0.05}
    session.store.runs.finish(run, "succeeded", reason="1 trained", **figures)
    announce()
    [message] = fake.wait_for(lambda: [each for each in fake.dms(BRAM) if each.via != "file"])
    assert f"Run {run} (@ada) is done." in message.words
    assert "version 2, speaks from now on; bits per byte 2.250" in message.words
    assert "base" not in message.words
    assert "12,000 tokens in 90 seconds, on NVIDIA H100, cost 0.05" in message.words
    [picture] = fake.wait_for(lambda: fake.files)
    assert "ada" not in f"{picture}".lower().replace(BRAM.lower(), "")


def test_a_run_is_told_once_whoever_looks(session, fake, announce):
    for _ in range(3):
        announce()
    session.store.runs.finish(queue(session), "failed", reason="There is too little text.")
    [message] = fake.wait_for(lambda: fake.dms(BRAM))
    assert "has failed. There is too little text." in message.words
    time.sleep(0.3)
    announce()
    time.sleep(0.2)
    assert len(fake.dms(BRAM)) == 1
    assert fake.files == []


def test_what_nobody_asked_for_is_told_to_nobody(session, fake, announce):
    run = session.store.runs.start("base")
    session.store.runs.finish(run.id, "succeeded")
    announce()
    time.sleep(0.3)
    assert fake.called("chat.postMessage") == []


def test_where_slack_refuses_the_next_is_told_all_the_same(session, fake, announce, caplog):
    fake.state.scopes.discard("files:write")
    first = queue(session)
    add_plotted(session, session.store.voices.ensure("base"))
    session.store.runs.finish(first, "succeeded")
    second = queue(session)
    session.store.runs.finish(second, "cancelled")
    announce()
    fake.wait_for(lambda: len(fake.dms(BRAM)) == 2)
    assert "was cancelled" in fake.dms(BRAM)[1].words
    assert f"The end of run {first} was not told" in caplog.text
    assert BRAM not in caplog.text


def test_a_private_channel_is_not_named_to_whoever_is_not_in_it(session, fake, announce):
    channel = session.store.channels.find(OFFICE)
    for asker in ("@bram", "@ada"):
        session.store.runs.finish(queue(session, f"channel:{channel.id}", asker=asker), "cancelled")
    announce()
    fake.wait_for(lambda: len(fake.posts) == 2)
    words = [each.words for each in fake.posts]
    assert "a private channel" in words[0]
    assert "office" not in words[0]
    assert "#office" in words[1]


def test_closing_before_it_began_is_no_error(session, fake):
    Announcer(session, Slack(fake.client())).close()
