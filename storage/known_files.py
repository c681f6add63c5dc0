"""Files that came in before: what came of them, for as long as to read them would change nothing.

A note is made in the transaction that takes a file in, from what a second reading says there and
then. It holds how many messages were kept and dropped, and a keyed hash of all that this depends
on: the rows of the file's time, the channel, every member's consent, and the rules of the import.
Whoever looks the note up hashes the same again. So nobody has to tell of a change, and none can be
missed: where anything differs, the file is read.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from storage.admission import Admission, Place
from storage.anonymization import SCRUB_VERSION
from storage.batches import Tally
from storage.keys import Keyring
from storage.schema import known_files, messages
from storage.standing import Standing, find_last_member

_WIDEST_SECONDS = 7 * 86_400  # a file of a day spans about one; all rows in between are looked at
_COLUMNS = ("author", "thread_ts", "edited_ts", "is_deleted", "scrub_version")
_FACTS = func.json_array(*(messages.c[name] for name in _COLUMNS), func.hex(messages.c.raw_mac))
_ROWS = select(messages.c.ts, _FACTS).order_by(messages.c.ts)  # SQLite writes them down quickest


class Span(NamedTuple):
    """From the first to the last ts of what a file says; "" where that is nothing to be stored."""

    first_ts: str
    last_ts: str


class FileRead(NamedTuple):
    """A file that has been taken in.

    Args:
        tally: What a second reading says.
    """

    place: Place
    mark: bytes
    span: Span
    tally: Tally


class _Note(NamedTuple):
    """What is kept of a file.

    Args:
        last_member: Those who came later are none of its authors.
        state: What the tally depends on, hashed.
    """

    first_ts: str
    last_ts: str
    last_member: int
    state: str
    tally: Tally

    @property
    def span(self) -> Span:
        return Span(self.first_ts, self.last_ts)


class KnownFiles:
    """Makes notes for one import, and finds those of others before it.

    Args:
        keyring: Hashes and seals.
        admission: Decides what may be stored.
    """

    def __init__(self, keyring: Keyring, admission: Admission) -> None:
        self._keyring = keyring
        self._admission = admission
        self._standing = Standing(keyring)

    def name(self, content: bytes) -> bytes:
        """Name a file by what it holds; b"" names none."""
        return self._keyring.mac_of_bytes(b"file\0" + content) if content else b""

    def find(
        self, connection: Connection, place: Place, marks: Iterable[bytes]
    ) -> Mapping[bytes, Tally]:
        """Say what comes of files of one channel; those that have to be read are left out."""
        own = (known_files.c.channel == place.id) & known_files.c.mark.in_(list(marks))
        query = select(known_files.c.mark, known_files.c.sealed).where(own)
        notes = {
            mark: self._open(place, mark, sealed) for mark, sealed in connection.execute(query)
        }
        keys = [(note.span, note.last_member) for note in notes.values()]
        states = self._describe(connection, place, keys)
        return {
            mark: note.tally
            for (mark, note), state in zip(notes.items(), states, strict=True)
            if state == note.state
        }

    def keep(self, connection: Connection, files: Iterable[FileRead]) -> None:
        """Note what came of files, as part of the transaction that has taken them in."""
        lasting = [file for file in files if self._is_lasting(file)]
        for place in {file.place for file in lasting}:
            here = {file.mark: file for file in lasting if file.place == place}  # each once
            self._keep(connection, place, list(here.values()))

    def _is_lasting(self, file: FileRead) -> bool:
        first, last = (float(ts or 0) for ts in file.span)
        return last - first <= _WIDEST_SECONDS and self._find_age(file.span) != "passing"

    def _find_age(self, span: Span) -> str:
        """Say whether all of it is too old, or nothing; in between it changes from day to day."""
        oldest_ts = self._admission.oldest_ts
        if span.first_ts >= oldest_ts:
            return "kept"
        return "expired" if span.last_ts < oldest_ts else "passing"

    def _keep(self, connection: Connection, place: Place, files: Sequence[FileRead]) -> None:
        last_member = find_last_member(connection)
        states = self._describe(connection, place, [(file.span, last_member) for file in files])
        rows = [
            {
                "channel": place.id,
                "mark": file.mark,
                "sealed": self._seal(
                    place, file.mark, _Note(*file.span, last_member, state, file.tally)
                ),
            }
            for file, state in zip(files, states, strict=True)
        ]
        own = known_files.c.channel == place.id
        former = known_files.c.mark.in_([file.mark for file in files])
        connection.execute(delete(known_files).where(own, former))
        connection.execute(insert(known_files), rows)

    def _describe(
        self, connection: Connection, place: Place, keys: Sequence[tuple[Span, int]]
    ) -> list[str]:
        """Hash all that the outcome of each file depends on, but for the file itself."""
        if not keys:
            return []
        times, rows = _read_rows(connection, place, [span for span, _ in keys])
        last_members = {last_member for _, last_member in keys}
        standing = self._standing.describe(connection, last_members)
        rules = (SCRUB_VERSION, self._admission.rules, place)
        described = []
        for span, last_member in keys:
            start, stop = bisect_left(times, span.first_ts), bisect_right(times, span.last_ts)
            facts = repr((rules, self._find_age(span), standing[last_member]))
            said = [*times[start:stop], *rows[start:stop]]
            described.append(self._keyring.mac("\0".join([facts, *said])).hex())
        return described

    def _seal(self, place: Place, mark: bytes, note: _Note) -> bytes:
        return self._keyring.seal(json.dumps(note).encode(), identity=_identify(place, mark))

    def _open(self, place: Place, mark: bytes, sealed: bytes) -> _Note:
        return _Note(*json.loads(self._keyring.unseal(sealed, identity=_identify(place, mark))))


def _read_rows(
    connection: Connection, place: Place, spans: Iterable[Span]
) -> tuple[list[str], list[str]]:
    """Return what the table has of a channel from the first of the spans to the last, by ts."""
    filled = [span for span in spans if span.last_ts]
    first_ts = min((span.first_ts for span in filled), default="")
    last_ts = max((span.last_ts for span in filled), default="")
    here = (messages.c.channel == place.id) & messages.c.ts.between(first_ts, last_ts)
    found = connection.execute(_ROWS.where(here)).all()
    return [row[0] for row in found], [row[1] for row in found]


def find_span(times: Iterable[str]) -> Span:
    """Say from when to when."""
    found = sorted(times) or [""]
    return Span(found[0], found[-1])


def _identify(place: Place, mark: bytes) -> str:
    return f"file:{place.id}:{mark.hex()}"
