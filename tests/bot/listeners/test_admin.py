"""The admins' panel, through Bolt and into a real store."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App, BoltContext

from bot.listeners import admin
from bot.listeners.asking import attend, read_command
from bot.services import Services, build_services
from bot.session import Session, open_session
from bot.settings import Settings
from bot.slack import Slack
from storage.ingestion import IngestPolicy, RawMessage
from storage.records import VoiceRow
from tests.fake_slack import ADA, BRAM, CARMEN, GENERAL, OFFICE, FakeSlack, Shown
from tests.training.tiny_artifacts import add_base, add_delta
from tests.waiting import wait_until


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake
        assert fake.violations == []
        assert fake.lost == []


@pytest.fixture
def session(opened, fake: FakeSlack) -> Iterator[Session]:
    """Members and channels are known, all agreed, and Ada has a voice of two versions."""
    with open_session(Settings.alone(opened)) as session:
        store, workspace = session.store, fake.workspace
        members = store.members.register(workspace.users.values(), team_id=workspace.team_id)
        store.consent.grant(members, actor="operator")
        for channel, kind in ((GENERAL, "public"), (OFFICE, "private")):
            facts = [workspace.channel(channel).facts]
            store.channels.register(facts, team_id=workspace.team_id, kind=kind)
        base = add_base(session.registry)
        for seed in (1, 2):
            add_delta(session.registry, voice_of(session, "@ada"), base, seed=seed)
        yield session


@pytest.fixture
def services(session: Session, fake: FakeSlack) -> Iterator[Services]:
    services = build_services(session, Slack(fake.client()))
    app = App(client=fake.client(), signing_secret=fake.signing_secret)
    admin.register(app, services)

    @app.command("/mimic")
    def handle(ack: Any, command: dict, context: BoltContext) -> None:
        ack()
        asked = read_command(command, {"request": "r"})

        def respond(message: dict) -> None:
            services.slack.respond(asked.response_url, message)

        attend(services, asked, lambda: admin.handle_admin(command, respond, services))

    @app.middleware
    def name(context: BoltContext, next: Callable[[], None]) -> None:  # noqa: A002 - Bolt's
        context["request"] = "r"
        next()

    fake.attach(app)
    yield services
    services.errands.close(5)
    services.desk.close(5)


def voice_of(session: Session, handle: str) -> VoiceRow:
    member = session.store.members.find(handle)
    return session.store.voices.ensure("person", subject=member.id)


def open_panel(fake: FakeSlack, user: str = CARMEN) -> Shown:
    answer = fake.command("admin", user=user)
    return fake.wait_for(lambda: fake.shown_for(answer))[-1]


def click(fake: FakeSlack, panel: Shown, action: str, *, user: str = CARMEN, **more: str) -> Shown:
    answer = fake.click(panel, action, user=user, **more)
    return fake.wait_for(lambda: fake.shown_for(answer))[-1]


def text_of(shown: Shown) -> str:
    return f"{shown.text} {shown.blocks}"


@pytest.mark.usefixtures("services")
def test_an_admin_sees_voices_runs_and_schedules(fake, session):
    session.store.runs.queue(voice_of(session, "@ada").label)
    text = text_of(open_panel(fake))
    assert "@ada: version 2, 200 messages, 2.000 bits per byte" in text
    assert "Run 1: @ada, queued" in text
    assert "base: version 1" in text


@pytest.mark.usefixtures("services", "session")
def test_whoever_is_no_admin_sees_only_that(fake):
    shown = open_panel(fake, user=BRAM)
    assert "Only admins can do this" in text_of(shown)
    assert "@ada" not in text_of(shown)


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("admin_train", None),
        ("admin_schedule", "nightly"),
        ("admin_cancel", None),
        ("admin_rollback", None),
        ("admin_refresh", None),
    ],
)
def test_a_click_of_whoever_is_no_admin_any_more_is_refused(fake, session, action, value):
    run = session.store.runs.queue("all")
    panel = open_panel(fake)
    fake.workspace.users[CARMEN]["is_admin"] = False
    before = text_of(panel)
    answer = fake.click(panel, action, user=CARMEN, **({"value": value} if value else {}))
    refusal = fake.wait_for(
        lambda: [each for each in fake.ephemerals if "Only admins" in text_of(each)]
    )
    assert refusal
    assert answer.is_acked
    assert [each.id for each in session.store.runs.list()] == [run.id]
    assert session.store.runs.get(run.id).state == "queued"
    assert session.store.schedules.list() == ()
    assert session.registry.promoted(voice_of(session, "@ada")).number == 2
    assert text_of(panel) == before


@pytest.mark.usefixtures("services")
def test_train_now_queues_a_run_whose_end_the_admin_hears_of(fake, session):
    voice = voice_of(session, "@ada")
    panel = click(fake, open_panel(fake), "admin_train", value=voice.label)
    [run] = session.store.runs.list()
    assert (run.target, run.state, run.is_forced) == (voice.label, "queued", True)
    assert session.store.members.user_id(run.requested_by) == CARMEN
    assert "Run 1: @ada, queued" in text_of(panel)


@pytest.mark.usefixtures("services")
def test_a_menu_sets_and_removes_a_schedule(fake, session):
    schedules, label = session.store.schedules, voice_of(session, "@ada").label
    panel = open_panel(fake)
    assert "Train: off" in text_of(panel)
    menus = [each for each in panel.elements if each["action_id"] == "admin_schedule"]
    assert menus[-1]["block_id"] == label
    choose(fake, panel, label, "weekly")
    wait_until(schedules.list)
    [row] = schedules.list()
    assert (row.target, row.cron, row.is_default) == (label, "0 3 * * 0", False)
    assert row.next_run_at is not None
    choose(fake, panel, label, "nightly")
    wait_until(lambda: schedules.list()[0].cron == "0 3 * * *")
    choose(fake, panel, label, "off")
    wait_until(lambda: not schedules.list())


def choose(fake: FakeSlack, panel: Shown, label: str, word: str) -> None:
    """Choose in the menu of one voice: the fake finds menus by their action alone."""
    panel.blocks[:] = [each for each in panel.blocks if each.get("block_id") == label]
    fake.click(panel, "admin_schedule", user=CARMEN, value=word)


@pytest.mark.usefixtures("services")
def test_cancel_ends_a_run(fake, session):
    run = session.store.runs.queue("base")
    panel = click(fake, open_panel(fake), "admin_cancel")
    assert session.store.runs.get(run.id).state == "cancelled"
    assert "Run 1: base, cancelled" in text_of(panel)


@pytest.mark.usefixtures("services")
def test_roll_back_lets_the_version_before_speak_and_then_there_is_none(fake, session):
    voice = voice_of(session, "@ada")
    behind = open_panel(fake)
    panel = click(fake, open_panel(fake), "admin_rollback", value=voice.label)
    assert session.registry.promoted(voice).number == 1
    assert "@ada: version 1" in text_of(panel)
    assert "admin_rollback" not in text_of(panel)
    fake.click(behind, "admin_rollback", user=CARMEN, value=voice.label)
    fake.wait_for(
        lambda: [each for each in fake.ephemerals if "no version before" in text_of(each)]
    )


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("action", ["admin_train", "admin_rollback"])
def test_what_is_gone_meanwhile_is_said(fake, session, action):
    panel = open_panel(fake)
    fake.click(panel, action, user=CARMEN, value="person:99")
    fake.wait_for(lambda: [each for each in fake.ephemerals if "is gone" in text_of(each)])
    assert session.store.runs.list() == ()


@pytest.mark.usefixtures("services")
def test_whoever_agreed_and_wrote_enough_can_be_trained_though_there_is_no_voice(fake, session):
    raw = (
        RawMessage(
            GENERAL,
            {"type": "message", "user": BRAM, "text": f"cup {n}", "ts": f"17000{n:05d}.000100"},
        )
        for n in range(210)
    )
    session.store.ingest(raw, policy=IngestPolicy(team_id=fake.workspace.team_id))
    panel = open_panel(fake)
    assert "@bram: no version yet, 210 messages" in text_of(panel)
    label = f"person:{session.store.members.find('@bram').id}"
    click(fake, panel, "admin_train", value=label)
    assert session.store.runs.list()[0].target == label


@pytest.mark.usefixtures("services")
def test_a_private_channel_is_named_only_to_its_members(fake, session):
    channel = session.store.channels.find(OFFICE)
    voice = session.store.voices.ensure("channel", subject=channel.id)
    session.store.runs.queue(voice.label)
    fake.workspace.users[BRAM]["is_admin"] = True
    assert "#office" in text_of(open_panel(fake, CARMEN))
    seen = text_of(open_panel(fake, BRAM))
    assert "a private channel" in seen
    assert "office" not in seen
    assert ADA not in seen
