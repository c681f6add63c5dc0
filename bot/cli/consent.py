"""`mimic consent`: who has agreed, and what that means here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.options import Json

if TYPE_CHECKING:
    from storage.members import Member
    from storage.store import Store

app = typer.Typer(no_args_is_help=False)

Members = Annotated[
    list[str] | None,
    typer.Argument(metavar="[@USER]...", help="Whom: handles, display names or Slack ids."),
]

_POLICIES = {
    "opt-in": "Only people who have agreed are stored, learned from and mimicked.",
    "opt-out": "Everybody is stored, learned from and mimicked, but those who said no.",
}


@app.callback()
def _consent() -> None:
    """See and set who has agreed to be mimicked.

    Example: mimic consent list
    """


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the members and what each has said.

    Example: mimic consent list
    """
    from bot.session import open_session

    with open_session() as session:
        members = [member for member in session.store.members.list() if not member.is_bot]
    if as_json:
        for member in members:
            console.print_json(_to_json(member))
        return
    rows = [(f"@{one.handle}", one.display_name, one.consent, one.messages) for one in members]
    console.print_table(("member", "name", "consent", "messages"), rows)


@app.command()
def grant(
    members: Members = None,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody known so far.")] = False,
    as_json: Json = False,
) -> None:
    """Note that members have agreed; a person's own no stays.

    Example: mimic consent grant @ada @bob
    """
    from bot.errors import Misused
    from bot.session import open_session

    if bool(members) == everybody:
        raise Misused("Name those who have agreed, or say --all.")
    with open_session() as session:
        granted, refused = session.store.consent.grant(
            _choose(session.store, members), actor="operator"
        )
    if as_json:
        console.print_json({"granted": granted, "refused": refused})
    else:
        console.print_text(f"{granted:,} agree now; {refused:,} had said no and keep to it.")


@app.command()
def revoke(
    members: Annotated[list[str], typer.Argument(metavar="@USER...", help="Whom.")],
    *,
    as_json: Json = False,
) -> None:
    """Stop storing, learning from and mimicking members.

    What is stored stays until `mimic forget`.

    Example: mimic consent revoke @ada
    """
    from bot.session import open_session

    with open_session() as session:
        found = _choose(session.store, members)
        for one in found:
            session.store.consent.revoke(one, actor="operator")
        paused = [session.store.members.get(one) for one in found]
    for member in paused:
        if as_json:
            console.print_json(_to_json(member))
        else:
            console.print_text(f"@{member.handle}: {member.consent}")


@app.command()
def policy(*, as_json: Json = False) -> None:
    """Say which rule holds; MIMIC_CONSENT sets it.

    Example: mimic consent policy
    """
    from bot.session import read_settings

    rule = read_settings().mimic_consent
    if as_json:
        console.print_json({"policy": rule, "meaning": _POLICIES[rule]})
    else:
        console.print_text(f"{rule}: {_POLICIES[rule]} MIMIC_CONSENT sets it.")


def _choose(store: "Store", names: Sequence[str] | None) -> list[int]:
    if names:
        return [store.members.find(name).id for name in names]
    return [member.id for member in store.members.list() if not member.is_bot]


def _to_json(member: "Member") -> dict[str, object]:
    return {
        "member": f"@{member.handle}",
        "name": member.display_name,
        "consent": member.consent,
        "messages": member.messages,
    }
