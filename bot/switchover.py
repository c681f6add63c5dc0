"""One database and its voices take the place of others, which are put aside, in one rename."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from secrets import token_hex

from bot.settings import Settings
from training.artifacts import FOLDER, METADATA
from training.disk import remove_beginning, sync_folder, writing_to
from training.voices import RUNS

_BEFORE = ".before-"
_LOGS = ("-wal", "-shm")


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """Give a place beside a database; what is left there in the end is removed."""
    place = file.with_name(f"{_start(file)}{token_hex(4)}")
    try:
        yield place
    finally:
        remove_beginning(file.parent, place.name)


def remove_leftovers(settings: Settings, *, older_than_seconds: float = 0.0) -> None:
    """Remove what restores that were killed have left beside a database and its voices."""
    file = settings.database_file
    remove_beginning(file.parent, _start(file), older_than_seconds=older_than_seconds)
    _take_back_all(settings)


def _start(file: Path) -> str:
    return f".{file.name}.restoring-"


def _take_back_all(settings: Settings) -> None:
    """Undo what restores did that were killed before their switch: no row knows these places.

    What was put aside for good is another file than the one in its place.
    """
    here, voices = settings.database_file, settings.models_folder
    for former in here.parent.glob(f"{escape(here.name + _BEFORE)}*"):
        if here.exists() and former.samefile(here):
            ending = former.name.removeprefix(here.name)
            _take_back(here, former, voices.with_name(voices.name + ending))


def _take_back(here: Path, former: Path, former_voices: Path) -> None:
    """Take second names away: what is here has been in its place all the time, but for logs."""
    shutil.rmtree(former_voices, ignore_errors=True)
    for ending in _LOGS:
        log = former.with_name(former.name + ending)
        if log.exists():
            log.rename(here.with_name(here.name + ending))
    if here.exists():
        former.unlink(missing_ok=True)
    elif former.exists():
        former.rename(here)


class Switchover:
    """The switch itself.

    Args:
        settings: Where everything is.
        folders: Holds the unpacked version folders.
        database: The unpacked database.
    """

    def __init__(self, settings: Settings, folders: Path, database: Path) -> None:
        self._here, self._voices = settings.database_file, settings.models_folder
        self._folders, self.database = folders, database
        self._settings = settings
        ending = f"{_BEFORE}{datetime.now(UTC):%Y%m%dT%H%M%S}"
        while any(place.with_name(place.name + ending).exists() for place in self._places):
            ending += "-again"
        self._former, self._former_voices = (
            place.with_name(place.name + ending) for place in self._places
        )
        is_anything_here = self._here.exists()
        self.put_aside = (self._former, self._former_voices) if is_anything_here else ()

    @property
    def _places(self) -> tuple[Path, Path]:
        return self._here, self._voices

    def switch(self, wanted: frozenset[str]) -> None:
        """Let the unpacked database take the place of the one that is here.

        Until then all is as it was, but for folders that nobody knows yet; from then on all is as
        in the backup, but for folders that nobody knows any more.

        Args:
            wanted: The folders of the versions in it.

        Raises:
            UnwritableFolder: A folder may not be written to.
        """
        with writing_to(self._here.parent):
            _take_back_all(self._settings)
            try:
                if self.put_aside:
                    self._put_aside()
                changed = self._place(wanted)
                self.database.replace(self._here)
            except BaseException:
                if self.database.exists():  # so the switch has not happened
                    _take_back(self._here, self._former, self._former_voices)
                raise
            sync_folder(self._here.parent)
            self._place(changed, is_forced=True)
            self._clear(wanted)

    def _put_aside(self) -> None:
        """Give everything that is here a second name: nothing of it is moved or changed.

        The database comes first: should this be killed, the rest is found by its second name.
        """
        is_linked = _can_link(self._here, self._former)
        self._former_voices.mkdir(mode=0o700)
        for path in sorted(self._voices.iterdir()):
            if FOLDER.fullmatch(path.name):
                shutil.copytree(path, self._former_voices / path.name, copy_function=_link)
        for ending in _LOGS:  # of a database that could not be read
            log = self._here.with_name(self._here.name + ending)
            if log.exists():
                log.rename(self._former.with_name(self._former.name + ending))
        if not is_linked:
            self._here.rename(self._former)
        sync_folder(self._here.parent)

    def _place(self, wanted: frozenset[str], *, is_forced: bool = False) -> frozenset[str]:
        """Move unpacked folders into place; return those that another of the name stands in."""
        taken = set()
        for folder in sorted(wanted):
            source, target = self._folders / folder, self._voices / folder
            if not source.is_dir():
                continue
            if is_forced:
                shutil.rmtree(target, ignore_errors=True)
            if not target.exists():
                source.rename(target)
            elif (source / METADATA).read_bytes() != (target / METADATA).read_bytes():
                taken.add(folder)
        sync_folder(self._voices)
        return frozenset(taken)

    def _clear(self, wanted: frozenset[str]) -> None:
        """Remove what belongs to the former database alone; if there was one, it is put aside."""
        remove_leftovers(self._settings)
        shutil.rmtree(self._voices / RUNS, ignore_errors=True)
        for path in self._voices.iterdir():
            if FOLDER.fullmatch(path.name) and path.name not in wanted:
                shutil.rmtree(path, ignore_errors=True)


def _link(source: str, target: str) -> str:
    """Give a file a second name, or copy it where a disk cannot do that."""
    if not _can_link(Path(source), Path(target)):
        shutil.copy2(source, target)
    return target


def _can_link(source: Path, target: Path) -> bool:
    """Give a file a second name; there are disks where it has one alone."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True
