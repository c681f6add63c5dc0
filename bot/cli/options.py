"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print only JSON, one object a line.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")]
Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="Whose style: @handle, #channel (or channel:name), a text voice's name, a Slack id, "
        "or a blend such as '2*@ada + channel:random'.",
        show_default=False,
    ),
]
Voice = Annotated[
    str, typer.Argument(metavar="TARGET", help="Which voice, e.g. @ada, channel:random or base.")
]
Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET]...", help="Whose: @handles, #channels (or channel:name), Slack ids."
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        min=0.05, help="Wall time of the whole command; without it, as long as it still helps."
    ),
]
Lines = Annotated[
    str, typer.Argument(metavar="FILE", help="The file to read; - is standard input.")
]
OutFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")]
InFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")]
