"""The app was uninstalled: once Slack confirms it, all that is kept of the workspace is removed.

An event alone removes nothing: one that comes again after the app was installed anew must do no
harm. So Slack is asked whether the bot's token is really dead, for as long as it does not answer,
also by the next process.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

from bot.errands import Errands
from bot.errors import SlackError, Uninstalled
from bot.live import LiveIntake
from bot.session import Session
from bot.slack import Slack
from storage.errors import StorageError
from storage.leases import BACKFILL, TRAINER
from storage.purge import PurgeReceipt
from training.duty import hold_lease
from training.errors import TrainerBusy

RETRY_SECONDS = 300.0  # between two questions to a Slack that does not answer
BUSY_SECONDS = 5.0  # between two looks whether a training has broken off
CLOSING_SECONDS = 5.0

Outcome = Literal["installed", "busy", "purged"]

_log = logging.getLogger(__name__)


class Uninstalling:
    """Waits for the end of the installation.

    Args:
        session: What to remove, in the end.
        slack: Is asked.
        errands: Where it is done.
        live: Takes nothing in any more once it is sure.
        retry_seconds: Between two questions to a Slack that does not answer.

    Attributes:
        report_over: Called once all is removed: there is nothing left to serve.
    """

    def __init__(
        self,
        session: Session,
        slack: Slack,
        errands: Errands,
        live: LiveIntake,
        *,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._session, self._store = session, session.store
        self._slack, self._errands, self._live = slack, errands, live
        self._retry_seconds = retry_seconds
        self.report_over: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Go on with what a former process has heard."""
        if self._store.uninstalls.noted():
            self._errands.submit(self._find_out, name="uninstall")

    def hear(self, team_id: str) -> None:
        """Take an event that says so; returns at once."""
        if team_id == self._slack.identity.team_id:
            self._errands.submit(lambda: self._note(team_id), name="uninstall")

    def _note(self, team_id: str) -> None:
        try:
            self._store.uninstalls.note(team_id)
        except StorageError as error:
            _log.warning("An uninstall could not be noted: %s", type(error).__name__)
            self._later(lambda: self._note(team_id), self._retry_seconds)
            return
        self._find_out()

    def _find_out(self) -> None:
        """Ask Slack; remove everything, or ask again later."""
        try:
            outcome = settle(self._session, self._slack, before=self._stop_hearing)
        except (SlackError, StorageError) as error:
            _log.warning("An uninstall is not settled yet: %s", _describe(error))
            self._later(self._find_out, self._retry_seconds)
            return
        if outcome == "busy":
            self._later(self._find_out, min(BUSY_SECONDS, self._retry_seconds))
        elif outcome == "purged":
            _log.warning("Mimic ends: there is no workspace any more that it serves.")
            self.report_over()

    def _stop_hearing(self) -> None:
        self._live.close(CLOSING_SECONDS)

    def _later(self, work: Callable[[], None], seconds: float) -> None:
        self._errands.submit_later(work, seconds=seconds, name="uninstall")


def require_installed(session: Session, slack: Slack) -> None:
    """Finish at the start what a former process could not, where Slack has uninstalled the app.

    Raises:
        Uninstalled: It has.
    """
    if not session.store.uninstalls.noted():
        return
    try:
        outcome = settle(session, slack)
    except SlackError:
        return  # whoever asks for the bot's identity next says what is wrong
    if outcome == "busy":
        raise Uninstalled(
            "The app was uninstalled, and a training or a reading of history has still to break "
            "off before all is removed: start this again in a minute."
        )
    if outcome == "purged":
        raise Uninstalled(
            "The app was uninstalled, and all that was kept of the workspace is removed: run "
            "`mimic init` to begin anew."
        )


def settle(session: Session, slack: Slack, *, before: Callable[[], None] = lambda: None) -> Outcome:
    """Remove what is kept of a workspace that has uninstalled the app, if it really has.

    Args:
        session: What to remove.
        slack: Is asked first.
        before: Called once it is sure, and nothing else is under way.

    Raises:
        SlackError: Slack does not say whether the token is dead.
        StorageError: The database cannot be written; what is noted stays noted.
    """
    store = session.store
    if not slack.is_revoked():
        for team_id in store.uninstalls.noted():
            store.uninstalls.withdraw(team_id)
        _log.info("Slack says that the app is installed: nothing is removed.")
        return "installed"
    store.uninstalls.stop_runs()
    try:
        with ExitStack() as stack:  # nobody trains, or reads history, meanwhile
            for name in (TRAINER, BACKFILL):
                lease = hold_lease(store, name, on_lost=lambda: None, patience_seconds=0)
                stack.enter_context(lease)
            before()
            for team_id in store.uninstalls.noted():
                _purge(session, team_id)
    except TrainerBusy:
        return "busy"
    return "purged"


def _purge(session: Session, team_id: str) -> None:
    receipt = session.store.purge(team_id)
    session.registry.remove_folders(receipt.folders)
    session.registry.sweep(older_than_seconds=0.0)
    if receipt.is_wiped:  # until here it would be done again by the next process
        session.store.uninstalls.withdraw(team_id)
    for line in _list_lines(receipt):
        _log.warning("%s", line)


def _list_lines(receipt: PurgeReceipt) -> Iterator[str]:
    yield (
        f"The app was uninstalled: {receipt.messages:,} messages, {receipt.voices} voices, and the "
        f"names of {receipt.members} members are removed."
    )
    if receipt.backups:
        yield f"{receipt.backups} backups that were made before still hold them: delete these, too."
    if not receipt.is_wiped:
        yield (
            "Sealed remains may stay in the database file until it is rewritten: make room, close "
            "what else uses it, and start `mimic serve` once more."
        )


def _describe(error: SlackError | StorageError) -> str:
    """Say what stands in the way, in Slack's own short word where it has one."""
    return (error.code or "no answer") if isinstance(error, SlackError) else type(error).__name__
