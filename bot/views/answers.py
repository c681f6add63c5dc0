"""Short answers to what people say of themselves, and to who asks somebody else."""

from bot.views import blocks, ids
from bot.views.blocks import Message
from bot.views.consent import confirm_leaving


def build_leave_question() -> Message:
    """Ask, after `/mimic forget me`, whether everything is to be deleted."""
    question = "Delete everything I have of yours?"
    return blocks.message(
        question,
        blocks.section(
            f"*{question}* Your stored messages and your voice go at once, for good, and nothing "
            "of yours is stored again unless you agree anew. `/mimic pause` keeps them, unused."
        ),
        blocks.actions(
            blocks.button(
                "Delete everything", ids.HOME_LEAVE, style="danger", confirm=confirm_leaving()
            )
        ),
    )


def build_never_agreed() -> Message:
    """Answer who would go on with what never began."""
    return blocks.build_note(
        "You have not agreed yet, so there is nothing to go on with. Type /mimic optin to agree."
    )


def build_guest() -> Message:
    """Answer a guest who would agree."""
    return blocks.build_note("Guests are left out in this workspace. Ask an admin to include them.")


def build_asked_before(name: str) -> Message:
    """Answer who asks the same person again too soon."""
    return blocks.build_note(
        f"{_start(name)} was asked lately. Give them some time; you can ask again in a week."
    )


def build_asked_many() -> Message:
    """Answer who asks too many people in a day."""
    return blocks.build_note("You have asked many people today. Ask others tomorrow.")


def build_asks_self() -> Message:
    """Answer who asks themselves."""
    return blocks.build_note("That is you! Type /mimic optin to agree.")


def build_has_agreed(name: str) -> Message:
    """Answer who asks somebody that has agreed already."""
    return blocks.build_note(f"{_start(name)} has agreed already: try /mimic with their name.")


def build_unreachable(name: str) -> Message:
    """Say that a request could not be delivered."""
    return blocks.build_note(
        f"I could not write to {blocks.one_line(name, otherwise='this person')}. "
        "Tell them about /mimic optin yourself."
    )


def build_only_trained(*, messages: int) -> Message:
    """Say that the voice comes with its training, without one before."""
    return blocks.build_note(
        f"I have read {blocks.count(messages, 'message')} of yours. Your voice is being trained, "
        "and I will tell you when it is done."
    )


def build_read_through(*, messages: int) -> Message:
    """Say to somebody who has a voice that all has been read, and that a better one follows."""
    return blocks.build_note(
        f"I am through: I have read {blocks.count(messages, 'message')} of yours. A better voice "
        "is being trained, and I will tell you when it is done."
    )


def build_takes_long() -> Message:
    """Announce that somebody's messages take a while to read; how far it is follows."""
    return blocks.build_note(
        "There is much to read, so this takes a while. You need not wait; here is how far I am:"
    )


def build_reading_failed() -> Message:
    """Say that somebody's messages could not be read."""
    return blocks.build_note(
        "I could not read all your messages just now. I will try again by myself, and write to "
        "you here when it is done."
    )


def _start(name: str) -> str:
    """Begin a sentence with a name."""
    return blocks.one_line(name, otherwise="This person")
