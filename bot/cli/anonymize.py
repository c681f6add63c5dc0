"""`mimic anonymize`: what would be stored of given lines."""

from typing import TYPE_CHECKING

from bot import console
from bot.cli.options import Json, Lines

if TYPE_CHECKING:
    from storage.anonymization import Scrubber


def anonymize(file: Lines, *, as_json: Json = False) -> None:
    """Show what would be stored of each line of FILE.

    A line is plain text, or {"text": "…"} in JSON. Names of members are found once an export
    has been imported.

    Example: echo 'mail me: ada@example.org' | mimic anonymize -
    """
    from bot.lines import find_text, read_lines

    scrubber = _open_scrubber()
    for line in read_lines(file):
        text = find_text(line)
        scrubbed = scrubber.scrub(line if text is None else text)
        if as_json:
            console.print_json({"text": scrubbed.text, "kinds": scrubbed.kinds})
        else:
            console.print_text(scrubbed.text)


def _open_scrubber() -> "Scrubber":
    """Take the database's scrubber; one that knows no member where there is no database yet."""
    from bot.session import open_session, read_settings
    from storage.anonymization import Scrubber
    from storage.name_model import NameModel

    settings = read_settings()
    if settings.database_file.exists():
        with open_session(settings) as session:
            return session.store.scrubber()
    model = settings.mimic_name_model
    return Scrubber((), name_model=NameModel(model) if model else None)
