"""`mimic anonymize`: what would be stored of given lines."""

from bot import console
from bot.cli.options import Json, Lines


def anonymize(file: Lines, *, as_json: Json = False) -> None:
    """Show what would be stored of each line of FILE.

    A line is plain text, or {"text": "…"} in JSON. Names of members are found once an export
    has been imported.

    Example: echo 'mail me: ada@example.org' | mimic anonymize -
    """
    from bot.lines import find_text, read_lines
    from storage.anonymization import Scrubber

    scrubber = Scrubber(_read_name_forms())
    for line in read_lines(file):
        text = find_text(line)
        scrubbed = scrubber.scrub(line if text is None else text)
        if as_json:
            console.print_json({"text": scrubbed.text, "kinds": scrubbed.kinds})
        else:
            console.print_text(scrubbed.text)


def _read_name_forms() -> frozenset[str]:
    from bot.session import open_session, read_settings

    settings = read_settings()
    if not settings.database_file.exists():
        return frozenset()
    with open_session(settings) as session:
        return session.store.members.name_forms()
