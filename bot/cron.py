"""When something is due: five fields of cron, in UTC, or the words nightly and weekly."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import InvalidSchedule

NIGHTLY = "0 3 * * *"
WEEKLY = "0 3 * * 0"
OFF = "off"  # never
WORDS = {"nightly": NIGHTLY, "weekly": WEEKLY}

_MOST = 64  # characters that a row keeps
_ITEM = re.compile(r"(?:\*|\d{1,2}(?:-\d{1,2})?)(?:/\d{1,2})?|[a-z]{3}(?:-[a-z]{3})?")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_FAR = timedelta(days=8 * 366)  # a 29th of February comes within it


class _Trigger(Protocol):
    def get_next_fire_time(self, previous: None, now: datetime) -> datetime | None: ...


def parse_cron(text: str) -> str:
    """Check when something is to be due, and return it as five fields.

    Raises:
        InvalidSchedule: It is no line of cron, or its moment never comes.
    """
    fields = WORDS.get(text.strip().lower(), text).lower().split()
    cron = " ".join(fields)
    try:
        find_next(cron, datetime.now(UTC))
    except ValueError:
        raise InvalidSchedule(
            "A schedule is nightly, weekly, or five fields of cron in UTC (minute, hour, day of "
            f"the month, month, day of the week), such as '0 3 * * 1-5'. Received: {text[:_MOST]}"
        ) from None
    return cron


def find_next(cron: str, after: datetime) -> datetime:
    """Return the first moment after another that a line of cron names.

    Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html

    Raises:
        ValueError: It is no line of cron, or its moment never comes.
    """
    moment = _build_trigger(cron, after + _FAR).get_next_fire_time(None, _after(after))
    if moment is None:
        raise ValueError("its moment never comes")
    return moment


def _after(moment: datetime) -> datetime:
    return moment.astimezone(UTC) + timedelta(microseconds=1)


def _build_trigger(cron: str, end: datetime) -> _Trigger:
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    values = cron.split(" ")
    items = [item for value in values for item in value.split(",")]
    if len(values) != len(_FIELDS) or len(cron) > _MOST or not all(map(_ITEM.fullmatch, items)):
        raise ValueError("cron has five fields")
    fields = dict(zip(_FIELDS, values, strict=True))
    fields["day_of_week"] = _name_days(fields["day_of_week"])
    either = [fields]
    if not (values[2].startswith("*") or values[4].startswith("*")):
        # cron: where both kinds of days are named, either will do; APScheduler wants both
        either = [{**fields, "day": "*"}, {**fields, "day_of_week": "*"}]
    trigger: _Trigger = OrTrigger(
        [CronTrigger(**each, timezone=UTC, end_date=end) for each in either]
    )
    return trigger


def _name_days(field: str) -> str:
    """Write days by name: to cron 0 and 7 are Sunday, to APScheduler 0 is Monday."""
    numbers = {number % 7 for item in field.split(",") for number in _list_days(item)}
    return "*" if len(numbers) == 7 else ",".join(_DAYS[number] for number in sorted(numbers))


def _list_days(item: str) -> Iterator[int]:
    span, _, step = item.partition("/")
    first, _, last = ("0-6" if span == "*" else span).partition("-")
    start = _read_day(first)
    end = _read_day(last) if last else 6 if step else start
    end = 7 if last == "sun" and start else end
    if start > end:
        raise ValueError("a range of days runs forward")
    yield from range(start, end + 1, int(step or 1))


def _read_day(text: str) -> int:
    day = int(text) if text.isdigit() else _DAYS.index(text)
    if day > 7:
        raise ValueError("a week has seven days")
    return day
