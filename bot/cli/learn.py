"""`mimic learn`: a voice from any text."""

from dataclasses import asdict
from time import monotonic
from typing import Annotated

import typer

from bot import console
from bot.cli.options import InFile, Json, Minutes
from training.config import Level


def learn(
    file: InFile,
    *,
    name: Annotated[str, typer.Option(help="What the voice is called: a-z, 0-9, _ and -.")],
    level: Annotated[
        Level, typer.Option(help="What is predicted: characters, parts of words, or words.")
    ] = "subword",
    column: Annotated[
        str | None, typer.Option(help="Read FILE as CSV and learn this column.")
    ] = None,
    minutes: Minutes = None,
    as_json: Json = False,
) -> None:
    """Make a voice of a text.

    The text's last tenth is held out and measured.

    Example: mimic learn sonnets.txt --name shakespeare --level char --minutes 10
    """
    from bot.cli.supervising import supervise
    from bot.documents import read_document
    from bot.session import open_session
    from bot.targets import parse_text_name

    started = monotonic()
    parse_text_name(name)
    text = read_document(file, column=column)
    with (
        open_session() as session,
        supervise(gpu_price_per_hour=session.settings.gpu_price_per_hour) as supervision,
    ):
        from training.learning import learn as learn_text

        left = minutes and max(minutes - (monotonic() - started) / 60, 0.01)
        report = learn_text(
            session.registry, text, supervision, name=name, level=level, minutes=left
        )
    if as_json:
        console.print_json(asdict(report))
    else:
        alone = report.network_bits_per_byte
        has_company = alone > report.bits_per_byte
        console.print_text(
            f"{report.voice} version {report.version}: {report.nats_per_char:.4f} nats per "
            f"character, {report.bits_per_byte:.3f} bits per byte held out"
            f"{f' ({alone:.3f} without n-grams)' if has_company else ''}; {report.reason}"
        )
