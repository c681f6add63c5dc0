"""A backup takes the place of what is here, which is put aside; who has left since stays away.

Nothing here is touched before the backup is unpacked, verified, brought up to date, and rid of
those who left. Then one rename of the database is the switch.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from bot.errors import InvalidSetting, RefusedBackup
from bot.settings import Settings
from bot.switchover import Switchover, beside
from bot.unpacking import Backup, opened
from storage.backups import REVISION
from storage.errors import DatabaseError, DatabaseLocked, WrongKey
from storage.keys import Keyring
from storage.ledger import EMPTY, Ledger
from storage.replay import Replayed
from storage.store import Store, upgrade
from storage.takeover import held_alone, hold
from training.artifacts import staging


@dataclass(frozen=True)
class RestoreReport:
    """What came back, and what was made good in it.

    Attributes:
        made_at: When the backup was made.
        replayed: What people said and did since.
        damaged: Versions that the backup already had without a sound folder.
        is_upgraded: Its tables were of an older version.
        has_ledger: What was here could say who has left since, and what was deleted.
        put_aside: Where everything is that was here before.
    """

    made_at: datetime
    messages: int
    voices: int
    versions: int
    replayed: Replayed
    damaged: int
    is_upgraded: bool
    has_ledger: bool
    put_aside: tuple[Path, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the report for `mimic restore --json`."""
        replayed = {name: count for name, count in vars(self.replayed).items() if name != "folders"}
        return {
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "messages": self.messages,
            "voices": self.voices,
            "versions": self.versions,
            **replayed,
            "damaged": self.damaged,
            "upgraded": self.is_upgraded,
            "ledger": self.has_ledger,
            "put_aside": [str(place) for place in self.put_aside],
            "seconds": round(self.seconds, 3),
        }

    @property
    def lines(self) -> list[str]:
        """The report for a reader."""
        found = [
            f"Restored: {self.messages:,} messages and {self.voices} voices, as of "
            f"{self.made_at:%Y-%m-%d %H:%M} UTC.",
            self._since,
        ]
        if self.put_aside:
            places = ", ".join(map(str, self.put_aside))
            found.append(
                f"What was here before is in {places}: delete it once all is well. Until then it "
                "counts as a backup."
            )
        if self.damaged:
            found.append(
                f"{self.damaged} versions of voices were damaged before the backup was made: the "
                "ones before them speak, or train them again."
            )
        return found

    @property
    def _since(self) -> str:
        """What became of what was said and deleted after the backup was made."""
        done = self.replayed
        if not self.has_ledger:
            return (
                "Nothing here could say who has left since, or what was deleted: whoever has left "
                "is back. Forget them with `mimic forget`."
            )
        return (
            f"Since then {done.refusals} people said no and {done.pauses} began a pause; both "
            f"hold. {done.forgotten} were forgotten again, {done.deletions:,} messages that were "
            f"deleted in Slack are deleted here, and {done.edits:,} that were edited have no text "
            "until they are read again."
        )


def restore(settings: Settings, file: Path, *, needs_ledger: bool = True) -> RestoreReport:
    """Let a backup take the place of what is here; nothing else may use it meanwhile.

    Args:
        settings: Where everything is, and the key.
        file: The backup.
        needs_ledger: Stop where what is here cannot say who has left since. Otherwise the backup
            is restored all the same, with everybody who is in it.

    Raises:
        RefusedBackup: It is no sound backup, of another key or a newer Mimic, or what is here
            cannot be read.
        InvalidSetting: The key is missing.
        DatabaseLocked: Another process is at work.
        StorageError: A database cannot be read or written.
        UnwritableFolder: The disk is full, or a folder may not be written to.
    """
    began, keyring = monotonic(), _read_keyring(settings)
    with opened(file, keyring) as backup:
        settings.make_home()
        with (
            staging(settings.models_folder) as staged,
            beside(settings.database_file) as database,
        ):
            backup.unpack(folders=staged.path, database=database)
            with _held(settings, keyring, needs_ledger=needs_ledger) as ledger:
                change = Switchover(settings, staged.path, database)
                prepared = _prepare(change, keyring, ledger, backup, settings=settings)
                change.switch(prepared.folders)
    return RestoreReport(
        made_at=backup.made_at,
        messages=prepared.messages,
        voices=prepared.voices,
        versions=len(prepared.folders),
        replayed=prepared.replayed,
        damaged=backup.damaged,
        is_upgraded=backup.revision != REVISION,
        has_ledger=ledger is not EMPTY,
        put_aside=change.put_aside,
        seconds=monotonic() - began,
    )


@dataclass(frozen=True)
class _Prepared:
    messages: int
    voices: int
    folders: frozenset[str]
    replayed: Replayed


def _read_keyring(settings: Settings) -> Keyring:
    """Read the key; none is made, for it could not open anything."""
    if not settings.mimic_key and not settings.key_file.exists():
        raise InvalidSetting(
            f"The key {settings.key_file} is missing, and a backup opens with the key alone that "
            "sealed it: put your saved key there, or set MIMIC_KEY or MIMIC_KEY_FILE."
        )
    return settings.keyring()


@contextmanager
def _held(settings: Settings, keyring: Keyring, *, needs_ledger: bool) -> Iterator[Ledger]:
    """Keep everybody else away from the database that is here, and give what it says."""
    file = settings.database_file
    with ExitStack() as stack:
        ledger = EMPTY
        if file.exists():
            try:
                ledger = stack.enter_context(hold(file, keyring))
            except DatabaseLocked:
                raise DatabaseLocked(
                    f"Another process uses {file}: stop `mimic serve`, `scheduler`, `worker` and "
                    "whatever else is at work, then run this again."
                ) from None
            except (DatabaseError, WrongKey) as error:
                if needs_ledger:
                    raise RefusedBackup(
                        f"{error} So it cannot say who has left since the backup: with "
                        "--without-ledger it is restored all the same, and you forget them again."
                    ) from error
        yield ledger


def _prepare(
    change: Switchover, keyring: Keyring, ledger: Ledger, backup: Backup, *, settings: Settings
) -> _Prepared:
    """Bring the unpacked database up to date, and make good in it what was said since."""
    url = f"sqlite:///{change.database}"
    upgrade(url)
    store = Store.open(url, keyring, consent_default=settings.mimic_consent)
    try:
        store.check()
        replayed = store.replay(ledger, made_at=backup.made_at)
        for place in change.put_aside:
            store.backups.record(str(place))  # from now on that is a copy, too
        prepared = _Prepared(
            messages=sum(member.messages for member in store.members.list()),
            voices=len(store.voices.list()),
            folders=frozenset(store.voices.folders()),
            replayed=replayed,
        )
    finally:
        store.close()
    with held_alone(change.database):
        pass  # now all of it is in its one file
    return prepared
