"""A home with voices of the real size: built once, from several years of the sample workspace."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from bot.importing import ImportRequest, import_archive
from bot.sample import write_sample_workspace
from bot.session import Session, open_session
from bot.settings import Settings
from storage.archive import Archive
from storage.records import VoiceRow

YEARS = 7  # of the invented team: enough text for 2,000 subwords and two layers of 512
MINUTES = 8.0
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Workshop:
    """The folder that keeps the home between runs.

    Attributes:
        minutes: Of training, for its voices and for those that are tried.
        another: A home of one's own, with people who agreed; they are imitated, too.
    """

    folder: Path
    _: KW_ONLY
    minutes: float = MINUTES
    another: Path | None = None

    @property
    def home(self) -> Path:
        """Where the database, the key and the voices are."""
        return self.folder / "home"

    @property
    def export(self) -> Path:
        """The first of the years, as an export."""
        return self.folder / "export-1.zip"

    def build(self) -> None:
        """Import and train, unless that is done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(exist_ok=True)
        with self.opened() as session:
            if self.find_voices(session):
                return
            for year in range(1, YEARS + 1):
                self._import(session, year)
        self.run("train", "--all", "--minutes", str(self.minutes))

    def _import(self, session: Session, year: int) -> None:
        file = self.folder / f"export-{year}.zip"
        write_sample_workspace(file, seed=year)
        request = ImportRequest(consent=("all",))
        with Archive.open(file) as archive:
            import_archive(session.store, archive, request, on_problem=_tell)

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Open the home in this process."""
        with open_session(Settings.alone(self.home)) as session:
            yield session

    def find_voices(self, session: Session) -> list[VoiceRow]:
        """Return the people who can be mimicked."""
        voices = session.store.voices
        return [row for row in voices.list() if row.kind == "person" and voices.promoted(row.id)]

    def run(self, *arguments: str) -> None:
        """Run `mimic` to its end."""
        command = self.command(*arguments)
        subprocess.run(command, env=self.environment(), cwd=self.folder, check=True)  # noqa: S603

    def command(self, *arguments: str) -> list[str]:
        """Return what runs `mimic`."""
        return [sys.executable, "-m", "bot", *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Return all that a `mimic` of this home knows of its surroundings."""
        places = {"PYTHONPATH": str(ROOT), "HOME": str(self.folder), "MIMIC_HOME": str(self.home)}
        return {**places, "TF_CPP_MIN_LOG_LEVEL": "3", **more}


def _tell(problem: str) -> None:
    sys.stderr.write(f"{problem}\n")
