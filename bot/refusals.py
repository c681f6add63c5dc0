"""Why somebody gets no message: what is raised when a request may not be answered."""

from bot.errors import BotError
from bot.views.blocks import Message
from bot.views.refusals import RefusalKind, build_refusal

__all__ = ["RefusalKind", "Refused"]


class Refused(BotError):
    """A request that is answered with a sentence about why not.

    Its message is the kind alone and may be logged; the rest is for the requester's eyes.

    Args:
        kind: Why.
        name: Whose voice was asked for, in plain words.
        missing: How many messages are missing.
        seconds: How long to wait.
        subject_id: The user id of the person whose voice was asked for.
        may_ask: Whether the requester may be offered to ask that person.
    """

    def __init__(
        self,
        kind: RefusalKind,
        *,
        name: str = "",
        missing: int = 0,
        seconds: float = 0.0,
        subject_id: str = "",
        may_ask: bool = False,
    ) -> None:
        super().__init__(kind)
        self.kind: RefusalKind = kind
        self.name = name
        self.missing = missing
        self.seconds = seconds
        self.subject_id = subject_id
        self.may_ask = may_ask

    def build_message(self, *, requester_id: str) -> Message:
        """Say it to the requester, and what to do next."""
        return build_refusal(
            self.kind,
            name=self.name,
            missing=self.missing,
            seconds=self.seconds,
            ask=self.subject_id if self.may_ask else "",
            is_self=bool(self.subject_id) and self.subject_id == requester_id,
        )
