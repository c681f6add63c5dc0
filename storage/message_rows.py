"""Rows of messages as a batch needs them: many looked up at once, and written at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import dialect

from storage.editions import MessageRow
from storage.schema import messages

COLUMNS = tuple(column.name for column in messages.c if column.name != "id")

Key = tuple[int, str]  # a row's channel and ts
Mark = tuple[str | None, str | None, int | None, bytes | None]  # what tells an edition from others
Rows = dict[Key, MessageRow]

# one parameter for a thousand times: as many of their own would take longer than the look-up
_TIMES = select(func.json_each(bindparam("times")).table_valued("value").c.value)
_SAME = (messages.c.channel == bindparam("channel")) & messages.c.ts.in_(_TIMES)
_MARKS = select(
    *(messages.c[name] for name in ("ts", "thread_ts", "edited_ts", "scrub_version", "raw_mac"))
).where(_SAME)
_ROWS = select(messages).where(_SAME)
_read_values = attrgetter(*COLUMNS)
_INSERTION = str(insert(messages).values(dict.fromkeys(COLUMNS)).compile(dialect=dialect()))


def read_marks(connection: Connection, keys: Iterable[Key]) -> dict[Key, Mark]:
    """Return what tells the editions apart that the table has of some messages."""
    marks: dict[Key, Mark] = {}
    for channel, times in _by_channel(keys).items():
        for ts, *mark in connection.execute(_MARKS, _name(channel, times)).all():
            marks[channel, ts] = tuple(mark)
    return marks


def read_rows(connection: Connection, keys: Iterable[Key]) -> Rows:
    """Return a row for each key: as the table has it, or a new one."""
    rows = {key: MessageRow(*key) for key in keys}
    for channel, times in _by_channel(rows).items():
        for row in connection.execute(_ROWS, _name(channel, times)).all():
            rows[channel, row.ts] = MessageRow(**row._mapping, former=row.author)
    return rows


def _by_channel(keys: Iterable[Key]) -> Mapping[int, Sequence[str]]:
    times: dict[int, list[str]] = defaultdict(list)
    for channel, ts in keys:
        times[channel].append(ts)
    return times


def _name(channel: int, times: Sequence[str]) -> Mapping[str, Any]:
    return {"channel": channel, "times": json.dumps(times)}


def write_rows(connection: Connection, rows: Sequence[MessageRow]) -> None:
    """Add the rows that are new, and change the others."""
    if new := [_read_values(row) for row in rows if row.id is None]:
        connection.exec_driver_sql(_INSERTION, new)
    if old := [_list_values(row) for row in rows if row.id is not None]:
        connection.execute(update(messages).where(messages.c.id == bindparam("row")), old)


def _list_values(row: MessageRow) -> dict[str, Any]:
    return dict(zip(COLUMNS, _read_values(row), strict=True)) | {"row": row.id}
