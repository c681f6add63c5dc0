"""Writing that survives a crash; where the disk refuses, one sentence that names the place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


def sync_folder(path: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
