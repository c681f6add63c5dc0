"""`mimic manifest`: the app's manifest for Slack."""

from typing import Annotated

import typer

from bot import console

Private = Annotated[
    bool, typer.Option("--private", help="Also for private channels that the bot is invited to.")
]
PublicUrl = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where the internet reaches `mimic serve --http`, as in https://mimic.example.org; "
        "without it, Socket Mode, which needs no address.",
    ),
]


def manifest(*, private: Private = False, url: PublicUrl = "") -> None:
    """Print the manifest that Slack makes the app from, as JSON.

    Paste it under "From a manifest" at https://api.slack.com/apps?new_app=1, or under "App
    Manifest" in the settings of an app that you have already.

    Example: mimic manifest > manifest.json
    """
    from bot.manifest import build_manifest, write_manifest

    console.print_text(write_manifest(build_manifest(url=url, is_private=private)))
