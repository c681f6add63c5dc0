"""`mimic score`: how well a voice predicts given messages."""

from dataclasses import asdict

from bot import console
from bot.cli.options import Json, Lines, Target


def score(target: Target, file: Lines, *, as_json: Json = False) -> None:
    """Measure how well TARGET predicts FILE's messages.

    The fewer bits per byte, the more they are like it. FILE holds one {"text": "…"} a line, in
    Slack's own markup.

    Example: mimic score @ada messages.jsonl
    """
    from bot.lines import read_raw_texts
    from bot.session import open_session
    from bot.targets import parse_target

    parsed = parse_target(target)
    texts = list(read_raw_texts(file))
    with open_session() as session:
        result = session.mimicry.open(parsed).score(texts)
    if as_json:
        console.print_json(asdict(result))
        return
    console.print_text(
        f"{result.bits_per_byte:.3f} bits per byte "
        f"({result.messages:,} messages, {result.bytes:,} bytes, {result.bits:,.0f} bits)"
    )
