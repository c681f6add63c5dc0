"""A requester's words as they are shown to others: plain text, in which nothing is markup."""

import re
import unicodedata
from collections.abc import Callable

_MARKUP = re.compile(
    r"<(?:@(?P<user>[UW][A-Z0-9]+)|#(?P<channel>[A-Z0-9]+)|!(?P<ping>[^<>|]+)"
    r"|(?P<link>[A-Za-z][A-Za-z0-9+.-]*:[^<>|\s]+))(?:\|(?P<label>[^<>]*))?>"
)


def read_plainly(raw: str, *, name_user: Callable[[str], str]) -> str:
    """Turn Slack's markup into words: `<@U012|ada>` is `@ada`, `&lt;` is `<`.

    Args:
        raw: As Slack sends it.
        name_user: Says what a member is called, "" if it does not know.

    Source: https://docs.slack.dev/messaging/formatting-message-text
    """

    def replace(match: re.Match[str]) -> str:
        label = match["label"] or ""
        if match["user"]:
            return f"@{label or name_user(match['user']) or 'someone'}"
        if match["channel"]:
            return f"#{label or 'a-channel'}"
        if match["ping"]:
            return label or f"@{match['ping']}"
        return label or match["link"]

    # `&amp;` last, or "&amp;lt;" would lose two layers at once
    text = _MARKUP.sub(replace, raw).replace("&lt;", "<").replace("&gt;", ">")
    return text.replace("&amp;", "&")


def says_something(text: str) -> bool:
    """Say whether there is more to a text than punctuation: a letter, a digit, an emoji."""
    return any(unicodedata.category(each)[0] in "LNS" for each in text)
