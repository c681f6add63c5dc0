"""`mimic voices`: what can be mimicked, and moving it about."""

from typing import TYPE_CHECKING, Any

import typer

from bot import console
from bot.cli.options import InFile, Json, OutFile, Voice, Yes

if TYPE_CHECKING:
    from bot.session import Session
    from storage.records import VersionRow, VoiceRow

app = typer.Typer()


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List voices; show, remove, export or import one.

    Example: mimic voices
    """
    if context.invoked_subcommand is not None:
        return
    from bot.session import open_session

    with open_session() as session:
        found = [_summarize(session, row) for row in session.store.voices.list()]
    if as_json:
        for voice in found:
            console.print_json(voice)
    elif found:
        console.print_table(list(found[0]), [list(voice.values()) for voice in found])
    else:
        console.note("There are no voices yet: `mimic train` makes them.")


@app.command()
def show(target: Voice, *, as_json: Json = False) -> None:
    """Show a voice's figures, versions and loss plot.

    Example: mimic voices show @ada
    """
    from bot.session import open_session

    with open_session() as session:
        facts = _describe(session, _find(session, target))
    if as_json:
        console.print_json(facts)
        return
    versions = facts.pop("versions")
    facts.pop("history", None)  # the loss plot shows it
    for name, settings in facts.pop("recipe", {}).items():
        facts |= settings if isinstance(settings, dict) else {name: settings}
    console.print_table(("fact", "value"), list(facts.items()))
    if versions:
        console.print_text("")
        console.print_table(list(versions[0]), [list(version.values()) for version in versions])


@app.command()
def remove(target: Voice, *, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a voice with all its versions; the messages stay.

    Example: mimic voices remove @ada
    """
    from bot.cli.questions import require_yes
    from bot.session import open_session

    with open_session() as session:
        row = _find(session, target)
        label = session.registry.label(row)
        require_yes(f"Remove {label} and all its versions?", yes)
        versions = session.registry.remove(row)
    if as_json:
        console.print_json({"voice": label, "versions": versions})
    else:
        console.print_text(f"{label} is removed, with {versions} versions.")


@app.command()
def export(target: Voice, file: OutFile, *, as_json: Json = False) -> None:
    """Write a voice to one file.

    Example: mimic voices export @ada ada.mimic
    """
    from bot.session import open_session

    with open_session() as session:
        from training.parcels import export_voice

        row = _find(session, target)
        export_voice(session.registry, row, file)
        label = session.registry.label(row)
    if as_json:
        console.print_json({"voice": label, "file": str(file), "bytes": file.stat().st_size})
    else:
        console.print_text(f"{label} is in {file} ({file.stat().st_size / 1e6:.1f} MB).")


@app.command("import")
def import_(file: InFile, *, as_json: Json = False) -> None:
    """Take in a voice that was exported.

    Example: mimic voices import ada.mimic
    """
    from bot.session import open_session

    with open_session() as session:
        from training.parcels import import_voice

        voice = _summarize(session, import_voice(session.registry, file))
    if as_json:
        console.print_json(voice)
    else:
        console.print_text(f"{voice['voice']} is here, version {voice['version']}.")


def _find(session: "Session", target: str) -> "VoiceRow":
    from bot.roster import find_voice
    from bot.targets import parse_reference

    return find_voice(session.store, parse_reference(target))


def _summarize(session: "Session", row: "VoiceRow") -> dict[str, Any]:
    promoted = session.store.voices.promoted(row.id)
    newest = promoted or next(iter(session.store.voices.versions(row.id)), None)
    return {
        "voice": session.registry.label(row),
        "kind": row.kind,
        "version": newest and newest.number,
        "promoted": promoted is not None,
        "messages": newest and newest.messages,
        "bits_per_byte": newest and newest.bits_per_byte,
    }


def _describe(session: "Session", row: "VoiceRow") -> dict[str, Any]:
    from training.artifacts import LOSS_PLOT

    versions = session.store.voices.versions(row.id)
    facts = _summarize(session, row)
    if versions:
        speaking = session.store.voices.promoted(row.id) or versions[0]
        artifact = session.registry.artifact(speaking)
        plot = artifact.path / LOSS_PLOT
        hidden = {"checksums"}
        facts |= {key: value for key, value in artifact.metadata.items() if key not in hidden}
        facts["loss_plot"] = str(plot) if plot.exists() else None
    facts["versions"] = [_describe_version(version) for version in versions]
    return facts


def _describe_version(version: "VersionRow") -> dict[str, Any]:
    return {
        "version": version.number,
        "state": version.state,
        "messages": version.messages,
        "authors": len(version.learned_from),
        "bits_per_byte": version.bits_per_byte,
        "base_bits_per_byte": version.base_bits_per_byte,
        "tokens": version.tokens,
        "seconds": round(version.seconds, 1),
        "created_at": version.created_at.isoformat(timespec="seconds"),
        "folder": version.folder,
    }
