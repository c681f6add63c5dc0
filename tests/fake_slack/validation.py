"""What Slack refuses to show: messages and views beyond its limits.

Every problem becomes a violation. Slack itself only refuses some; a ping, say, it delivers.
"""

from typing import Any

from tests.bot.views.limits import violations
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.state import State

Value = dict[str, Any]

_MOST_TEXT = 40_000
_SHOWN_ALL_THE_SAME = ("a live ping", "text of ", "no text for")


def check_message(state: State, message: Value, *, where: str, is_public: bool = False) -> None:
    """Refuse a message that Slack would refuse.

    Args:
        is_public: Whether a whole channel reads it: then it must ping nobody.

    Raises:
        Refusal: `no_text`, `invalid_blocks` or `msg_too_long`.
    """
    text, blocks = message.get("text") or "", message.get("blocks")
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > _MOST_TEXT:
        raise Refusal("msg_too_long")
    checked = {"text": text, "blocks": blocks or [{"type": "divider"}]}
    _judge(state, violations(checked, is_post=is_public), where)


def check_view(state: State, view: Value) -> None:
    """Refuse a Home tab or modal that Slack would refuse.

    Raises:
        Refusal: `invalid_arguments` or `invalid_blocks`.
    """
    if not isinstance(view, dict) or view.get("type") not in ("home", "modal"):
        raise Refusal("invalid_arguments")
    _judge(state, violations(view), "view")


def _judge(state: State, problems: list[str], where: str) -> None:
    for problem in problems:
        state.violate(f"{where}: {problem}")
    refused = [each for each in problems if not each.startswith(_SHOWN_ALL_THE_SAME)]
    if refused:
        raise Refusal("invalid_blocks", response_metadata={"messages": refused})
