"""A workspace that uninstalls the app leaves nothing behind; one that did not loses nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from slack_bolt import App

from bot.errors import Uninstalled
from bot.listeners import workspace
from bot.serving import ServeOptions, Service
from bot.session import open_session
from bot.uninstalling import Uninstalling, settle
from storage.leases import BACKFILL, TRAINER
from tests.bot.slack_bench import ADA, TEAM, open_bench
from tests.bot.test_serving import process
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0FAKEBOT1"]}}
ONLY_A_PERSON_S = {"type": "tokens_revoked", "tokens": {"oauth": [ADA], "bot": []}}


class Place:
    """A bot whose workspace may leave it."""

    def __init__(self, bench):
        self.bench, self.store, self.slack = bench, bench.store, bench.slack
        self.over = []
        services = bench.services
        uninstalling = Uninstalling(
            bench.session, services.slack, services.errands, services.live, retry_seconds=0.05
        )
        uninstalling.report_over = lambda: self.over.append(1)
        self.uninstalling = uninstalling
        app = App(client=self.slack.client(), signing_secret=self.slack.signing_secret)
        workspace.register(app, replace(services, uninstalling=uninstalling))
        self.slack.attach(app)

    def revoke(self):
        self.slack.state.revoked.add(self.slack.bot_token)

    def send(self, event, **envelope):
        assert self.slack.event(event, **envelope).is_acked

    def folders(self):
        return [path for path in self.bench.session.registry.folder.iterdir() if path.is_dir()]

    @property
    def is_empty(self):
        return not any(self.store.messages.read()) and not self.store.voices.list()


@pytest.fixture
def place(bench):
    return Place(bench)


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED])
def test_everything_is_removed_and_the_process_is_told_to_end(place, event, caplog):
    assert not place.is_empty
    assert place.folders()
    place.revoke()
    place.send(event)
    wait_until(lambda: place.over)
    assert place.is_empty
    assert place.folders() == []
    assert {row.state for row in place.store.consent.list()} == {"none"}
    assert place.store.uninstalls.noted() == ()
    assert "The app was uninstalled" in caplog.text


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED])
def test_an_event_that_comes_again_after_a_new_installation_removes_nothing(place, event):
    place.send(event)
    wait_until(lambda: len(place.slack.called("auth.test")) > 2)
    wait_until(lambda: place.store.uninstalls.noted() == ())
    assert not place.is_empty
    assert not place.over


def test_a_person_s_token_or_another_workspace_is_no_reason_to_ask(place):
    place.revoke()
    before = len(place.slack.called("auth.test"))
    place.send(ONLY_A_PERSON_S)
    place.send(UNINSTALLED, team_id="T0OTHER")
    place.bench.services.errands.close(5)
    assert len(place.slack.called("auth.test")) == before
    assert place.store.uninstalls.noted() == ()
    assert not place.is_empty


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["500", "html", "truncated", "reset"])
def test_a_slack_that_does_not_answer_is_asked_again(place, kind):
    place.slack.state.faults.fail("auth.test", kind, times=4)
    place.revoke()
    place.send(UNINSTALLED)
    wait_until(lambda: place.over)
    assert place.is_empty


def test_a_token_that_is_refused_for_another_reason_is_not_dead(place):
    place.slack.state.faults.fail("auth.test", "error", error="invalid_auth", times=10_000)
    before = len(place.slack.called("auth.test"))
    place.send(UNINSTALLED)
    wait_until(lambda: len(place.slack.called("auth.test")) > before + 2)
    assert not place.is_empty
    assert place.store.uninstalls.noted() == (TEAM,)


@pytest.mark.parametrize("lease", [TRAINER, BACKFILL])
def test_what_is_under_way_breaks_off_first(place, lease):
    store = place.store
    run, waiting = store.runs.start("base"), store.runs.queue("all")
    assert store.leases.take(lease, "somebody")
    place.revoke()
    place.send(UNINSTALLED)
    wait_until(lambda: store.runs.get(run.id).is_cancel_wanted)
    assert store.runs.get(waiting.id).state == "cancelled"
    assert not place.is_empty
    store.leases.release(lease, "somebody")
    wait_until(lambda: place.over)
    assert place.is_empty
    assert store.runs.list() == ()
    assert store.leases.holder(lease) is None


def test_a_bot_that_is_installed_again_before_all_could_be_removed_goes_on_hearing(place):
    store, live = place.store, place.bench.services.live
    assert store.leases.take(TRAINER, "somebody")
    place.revoke()
    run = store.runs.start("base")
    place.send(UNINSTALLED)
    wait_until(lambda: store.runs.get(run.id).is_cancel_wanted)
    place.slack.state.revoked.clear()
    wait_until(lambda: store.uninstalls.noted() == ())
    before = store.messages.count()
    message = {"type": "message", "user": ADA, "text": "hello", "ts": "1700000001.000100"}
    live.submit("C06GENERAL1", message)
    wait_until(lambda: store.messages.count() == before + 1)


def test_a_database_that_cannot_be_written_keeps_all_of_it_and_is_tried_again(place):
    people = place.store.consent.list()
    with place.store._database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE UPDATE ON members BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    place.revoke()
    place.send(UNINSTALLED)
    wait_until(lambda: len(place.slack.called("auth.test")) > 3)
    assert not place.is_empty
    assert place.folders()
    assert place.store.consent.list() == people
    with place.store._database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER stuck")
    wait_until(lambda: place.over)
    assert place.is_empty


def test_messages_that_still_wait_are_not_stored_afterwards(place):
    place.revoke()
    place.send(UNINSTALLED)
    wait_until(lambda: place.over)
    message = {"type": "message", "user": ADA, "text": "too late", "ts": "1700000001.000100"}
    place.bench.services.live.submit("C06GENERAL1", message)
    assert place.bench.services.live.waiting == 0


@pytest.fixture
def serving(fake_slack, monkeypatch):
    """Settings of a process that serves this Slack."""
    monkeypatch.setenv("SLACK_API_URL", fake_slack.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", fake_slack.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", fake_slack.app_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", fake_slack.signing_secret)
    return fake_slack


def test_the_next_process_goes_on_where_slack_had_not_answered(speaking, serving):
    with open_session() as session:
        session.store.uninstalls.note(TEAM)
        serving.state.revoked.add(serving.bot_token)
        with pytest.raises(Uninstalled, match="all that was kept"):
            Service(session, ServeOptions(0, trains=False, schedules=False))
        assert not any(session.store.messages.read())
        assert session.store.uninstalls.noted() == ()


def test_the_next_process_asks_to_be_started_again_while_a_training_goes_on(speaking, serving):
    with open_session() as session:
        session.store.uninstalls.note(TEAM)
        assert session.store.leases.take(TRAINER, "somebody")
        serving.state.revoked.add(serving.bot_token)
        with pytest.raises(Uninstalled, match="again in a minute"):
            Service(session, ServeOptions(0, trains=False, schedules=False))
        assert any(session.store.messages.read())


def test_the_next_process_serves_where_the_app_was_installed_again(speaking, serving):
    with open_session() as session:
        session.store.uninstalls.note(TEAM)
        Service(session, ServeOptions(0, trains=False, schedules=False)).close()
        assert any(session.store.messages.read())
        assert session.store.uninstalls.noted() == ()


def test_a_purge_that_was_cut_short_before_its_folders_is_taken_up_again(place):
    place.store.uninstalls.note(TEAM)
    place.revoke()
    place.store.purge(TEAM)
    assert place.folders()
    assert settle(place.bench.session, place.bench.services.slack) == "purged"
    assert place.folders() == []
    assert len(place.store.audit.read(event="purged")) == 1


@pytest.mark.slow
def test_a_real_process_removes_everything_and_ends_with_a_plain_line(speaking, serving):
    with process(serving) as served:
        serving.state.revoked.add(serving.bot_token)
        assert serving.event(UNINSTALLED).is_acked
        _, err = served.communicate(timeout=60)
        assert served.returncode == 0, err
    assert "The app was uninstalled" in err
    assert "Traceback" not in err
    assert TEAM not in err
    with open_session() as session:
        assert not any(session.store.messages.read())
        assert not session.registry.folder.exists() or not any(session.registry.folder.iterdir())


def test_a_bench_without_an_uninstall_asks_nothing(speaking, fake_slack):
    with open_bench(speaking, fake_slack) as bench:
        before = len(fake_slack.called("auth.test"))
        bench.services.uninstalling.start()
        bench.services.errands.close(5)
        assert len(fake_slack.called("auth.test")) == before
