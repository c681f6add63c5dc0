"""The clock: schedules are rows, and the one leased scheduler turns each that is due into a run.

It also sees to what nobody has scheduled: the nightly upkeep, and learning without who has left.
"""

import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.cron import OFF, find_next, parse_cron
from bot.errors import InvalidSchedule, InvalidSetting
from bot.expiry import remove_expired
from bot.labels import EVERYTHING
from bot.retraining import queue_retraining
from bot.settings import Settings
from bot.upkeep import Upkeep
from storage.errors import StorageError, UnknownSchedule
from storage.leases import SCHEDULER
from storage.schedules import ScheduleRow
from storage.store import Store
from training.duty import name_holder, take_lease

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

LOOKING_SECONDS = 3.0  # between two looks at the rows; the lease is renewed at each

_log = logging.getLogger(__name__)


class Scheduler:
    """Follows the rows of all schedules, whoever changes them, while it holds the lease.

    Another process may hold it: then this one only looks whether it still does.

    Args:
        looking_seconds: Between two looks at the rows.

    Raises:
        InvalidSetting: `RETRAIN_CRON` is no line of cron.
    """

    def __init__(
        self, store: Store, settings: Settings, *, looking_seconds: float = LOOKING_SECONDS
    ) -> None:
        self._store = store
        self._default = _read_default(settings)
        self._looking_seconds = looking_seconds
        self._holder = name_holder()
        self._is_settled = False
        self._scheduler = _build_scheduler()
        self._folder = settings.models_folder
        self._upkeep = Upkeep(store, self._folder)
        self._over = threading.Event()
        # no job of the scheduler's own: it waits for its jobs while it holds the lock they need
        self._looker = threading.Thread(target=self._keep_looking, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._scheduler.start()
        self._looker.start()

    def close(self) -> None:
        """Stop, and let another scheduler take over at once."""
        self._over.set()
        if self._looker.is_alive():
            self._looker.join()
        self._upkeep.close()
        if self._scheduler.running:
            self._scheduler.shutdown()
        with suppress(StorageError):
            self._store.leases.release(SCHEDULER, self._holder)

    def _keep_looking(self) -> None:
        self._look()
        while not self._over.wait(self._looking_seconds):
            self._look()

    def _look(self) -> None:
        """Make the jobs those of the rows."""
        try:
            if not take_lease(self._store, SCHEDULER, self._holder):
                self._follow(())
                return
            if not self._is_settled:
                self._settle_default()
                self._is_settled = True
            self._follow(self._store.schedules.list())
            self._see_to_the_rest(datetime.now(UTC))
        except (StorageError, OSError) as error:  # a busy database, a lost disk: it may come back
            _log.warning("The schedules could not be seen to: %s", error)

    def _see_to_the_rest(self, now: datetime) -> None:
        """Do what no schedule asks for."""
        self._upkeep.look(now)
        if run := queue_retraining(self._store, now):
            _log.info("Somebody has left: run %d is queued.", run.id)
        if remove_expired(self._store, self._folder, now):
            _log.info("Voices that somebody has left a day ago are removed.")

    def _settle_default(self) -> None:
        """Make the schedule that nobody asked for what the settings say."""
        row = self._store.schedules.find(EVERYTHING)
        if row and not row.is_default:
            return
        if self._default is None:
            if row:
                self._store.schedules.remove(row.id)
        elif row is None or row.cron != self._default:
            due = find_next(self._default, datetime.now(UTC))
            self._store.schedules.set(EVERYTHING, self._default, next_run_at=due, is_default=True)

    def _follow(self, rows: tuple[ScheduleRow, ...]) -> None:
        """Have one job for each moment that is due next; what was missed is due at once."""
        wanted: dict[str, tuple[int, datetime]] = {}
        for row in rows:
            due = row.next_run_at or self._plan(row)
            if row.is_enabled and due:
                wanted[f"{row.id} {due.isoformat()}"] = (row.id, due)
        known = {job.id for job in self._scheduler.get_jobs() if job.func == self._fire}
        for name in known - wanted.keys():
            self._drop(name)
        for name in wanted.keys() - known:
            due = wanted[name][1]
            self._scheduler.add_job(
                self._fire, "date", run_date=due, id=name, args=wanted[name], replace_existing=True
            )

    def _drop(self, name: str) -> None:
        from apscheduler.jobstores.base import JobLookupError

        with suppress(JobLookupError):  # it fires at this moment
            self._scheduler.remove_job(name)

    def _plan(self, row: ScheduleRow) -> datetime | None:
        """Say when a schedule is due that no scheduler has seen yet."""
        due = _find_next(row)
        if due:
            self._store.schedules.set(
                row.target, row.cron, next_run_at=due, is_default=row.is_default
            )
        return due

    def _fire(self, schedule: int, due: datetime) -> None:
        """Queue the run of a schedule; its next moment is found anew at the next look."""
        try:
            row = self._store.schedules.get(schedule)
            run = self._store.schedules.fire(schedule, due=due, next_run_at=_find_next(row))
        except UnknownSchedule:
            return
        except StorageError as error:  # the row still says that it is due: the next look tries
            _log.warning("Schedule %d could not queue its run: %s", schedule, error)
            return
        if run:
            _log.info("Schedule %d is due: run %d is queued.", schedule, run.id)


def _find_next(row: ScheduleRow) -> datetime | None:
    try:
        return find_next(row.cron, datetime.now(UTC))
    except ValueError:
        _log.warning("Schedule %d is no line of cron and is not followed.", row.id)
        return None


def _read_default(settings: Settings) -> str | None:
    if settings.retrain_cron.strip().lower() == OFF:
        return None
    try:
        return parse_cron(settings.retrain_cron)
    except InvalidSchedule:
        raise InvalidSetting(
            f"RETRAIN_CRON must be {OFF}, nightly, weekly, or five fields of cron in UTC, such as "
            f"'0 3 * * *'. Received: {settings.retrain_cron}"
        ) from None


def _build_scheduler() -> "BackgroundScheduler":
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.memory import MemoryJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
