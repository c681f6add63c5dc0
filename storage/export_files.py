"""The files of an export, in a zip or a folder alike: listed at once, read one at a time."""

import contextlib
import struct
import unicodedata
import zipfile
import zlib
from os import SEEK_CUR
from pathlib import Path, PurePosixPath
from typing import Protocol

from storage.errors import ArchiveError, UnreadableFile

MOST_BYTES = 200 * 2**20  # of one file; the busiest channel has a few million bytes a day
_MOST_RATIO, _RATIO_MATTERS = 200, 10 * 2**20  # Slack's own files shrink to a tenth
_LENGTHS = 26  # where a file's head in a zip says how long the rest of it is
_DEEPEST = 4  # folders: /parent/export/channel/day.json


class ExportFiles(Protocol):
    """What there is to read.

    Attributes:
        sizes: Bytes of each JSON file, by its path inside the export.
        problems: What was left out, a sentence each.
    """

    sizes: dict[PurePosixPath, int]
    problems: list[str]

    def read(self, path: PurePosixPath) -> bytes:
        """Read one file.

        Raises:
            UnreadableFile: It is damaged, or too large.
        """

    def identify(self, path: PurePosixPath) -> bytes:
        """Give what stands for the content of a file, quicker than to read it.

        Equal bytes are equal contents. b"" stands for none: the file has to be read.
        """

    def close(self) -> None:
        """Let go of the files."""


def open_files(path: Path) -> ExportFiles:
    """Open a zip or a folder.

    Raises:
        ArchiveError: It is neither, it is locked, or it is not there.
    """
    try:
        if path.is_dir():
            return FolderFiles(path)
        if path.is_file():
            return ZippedFiles(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ArchiveError(
            f"{path} is neither a folder nor a whole zip file: give the export as Slack made it."
        ) from error
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}.") from error
    raise ArchiveError(f"There is no file or folder {path}: give the path of a Slack export.")


class ZippedFiles:
    """An export as Slack hands it out; nothing of it is ever unpacked to disk."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._stream)
        except BaseException:
            self._stream.close()
            raise
        infos = {_name(info): info for info in self._zip.infolist()}
        self._infos = {
            name: info
            for name, info in infos.items()
            if name.suffix == ".json" and not _leads_out(name)
        }
        self.sizes = {name: info.file_size for name, info in self._infos.items()}
        self.problems = _count_outside(sum(map(_leads_out, infos)))
        if any(info.flag_bits & 0x1 for info in self._infos.values()):
            self.close()
            raise ArchiveError(f"{path} asks for a password: unpack it and give the folder.")

    def read(self, path: PurePosixPath) -> bytes:
        """Read one file, unless it looks like a zip bomb."""
        info = self._infos[path]
        ratio = info.file_size / max(1, info.compress_size)
        if ratio > _MOST_RATIO and info.file_size > _RATIO_MATTERS:
            raise UnreadableFile("is packed too tightly to be messages")
        _check_size(info.file_size)
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnreadableFile("is packed in an unknown way")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise UnreadableFile("is damaged") from error

    def identify(self, path: PurePosixPath) -> bytes:
        """Give a file as it is packed: it need not be unpacked to be known again.

        Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7.
        """
        info = self._infos[path]
        try:
            self._stream.seek(info.header_offset + _LENGTHS)
            name, extra = struct.unpack("<HH", self._stream.read(4))
            self._stream.seek(name + extra, SEEK_CUR)
            packed = self._stream.read(info.compress_size)
        except (OSError, struct.error):  # whoever reads it will say so
            return b""
        is_whole = len(packed) == info.compress_size
        return b"%d:%d:%b" % (info.compress_type, info.CRC, packed) if is_whole else b""

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()
        self._stream.close()


class FolderFiles:
    """An export that somebody unpacked."""

    def __init__(self, root: Path) -> None:
        home = root.resolve(strict=True)
        names = [p for depth in range(_DEEPEST) for p in home.glob("*/" * depth + "*.json")]
        found = [path for path in names if path.is_file()]  # no folder, no link that leads nowhere
        inside = [path for path in found if path.resolve().is_relative_to(home)]
        self._paths = {
            PurePosixPath(normalize_name(path.relative_to(home).as_posix())): path
            for path in inside
        }
        self.sizes = {name: path.stat().st_size for name, path in self._paths.items()}
        self.problems = _count_outside(len(found) - len(inside))

    def read(self, path: PurePosixPath) -> bytes:
        """Read one file."""
        _check_size(self.sizes[path])
        try:
            return self._paths[path].read_bytes()
        except OSError as error:
            raise UnreadableFile("cannot be read") from error

    def identify(self, path: PurePosixPath) -> bytes:
        """Give the content itself: nothing is quicker."""
        try:
            return self.read(path)
        except UnreadableFile:  # whoever reads it will say so
            return b""

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _count_outside(count: int) -> list[str]:
    return [f"Files that lie outside of the export were skipped: {count}."] if count else []


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise UnreadableFile("is too large to be messages")


def normalize_name(name: str) -> str:
    """Write accents one way: some systems take them apart in file names."""
    return unicodedata.normalize("NFC", name)


def _name(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return an entry's path; some tools write UTF-8 without saying so, or backslashes."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return PurePosixPath(normalize_name(name.replace("\\", "/")))


def _leads_out(path: PurePosixPath) -> bool:
    return path.is_absolute() or ".." in path.parts
