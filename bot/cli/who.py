"""`mimic who`: whose voice most likely wrote given messages."""

from dataclasses import asdict

from bot import console
from bot.cli.options import Json, Lines


def who(file: Lines, *, as_json: Json = False) -> None:
    """Tell whose voice most likely wrote FILE; all its lines are judged as one person's.

    A line is plain text in Slack's own markup, or {"text": "…"} in JSON. Everybody is as likely
    before the first line is read. Who writes little may not be known yet.

    Example: echo 'lgtm, ship it :rocket:' | mimic who -
    """
    from bot.attributing import name_authors
    from bot.lines import read_messages
    from bot.session import open_session

    texts = list(read_messages(file))
    with open_session() as session:
        guesses = name_authors(session.registry, session.mimicry, texts)
    if as_json:
        for guess in guesses:
            console.print_json(asdict(guess))
        return
    console.print_table(["voice", "probability"], [(g.voice, g.probability) for g in guesses])
