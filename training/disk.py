"""Writing that survives a crash; where the disk refuses, one sentence that names the place."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from training.errors import UnwritableFolder


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Say in one sentence where the body could not write.

    Raises:
        UnwritableFolder: The disk is full, or the place may not be written to.
    """
    try:
        yield
    except OSError as error:
        raise UnwritableFolder(
            f"{place} cannot be written to ({error.strerror or type(error).__name__}): make room "
            "there or check who may write, and run it again."
        ) from error


def write_durably(file: Path, data: bytes) -> None:
    """Write beside, flush to the disk, rename into place: a crash leaves the old or the new.

    Raises:
        UnwritableFolder: The disk is full, or the folder may not be written to.
    """
    beside = file.with_name(file.name + ".part")
    with writing_to(file.parent):
        try:
            with beside.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def remove_beginning(folder: Path, start: str, *, older_than_seconds: float = 0.0) -> None:
    """Remove the files in a folder whose names begin so and that nobody has written to lately."""
    for file in folder.glob(f"{escape(start)}*"):
        if find_age(file) >= older_than_seconds:
            file.unlink(missing_ok=True)


def find_age(path: Path) -> float:
    """Return how many seconds ago a file or folder was last written to; -1 if it has just gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def sync_folder(path: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
