"""What a reader of a message or view sees, and what can be clicked."""

from collections.abc import Iterator
from typing import Any

Value = dict[str, Any]


def find_texts(screen: Value) -> Iterator[Value]:
    """Every text object of a section, header or context."""
    for block in screen["blocks"]:
        if "text" in block:
            yield block["text"]
        if block["type"] == "context":
            yield from block["elements"]


def read(screen: Value) -> str:
    """All of it, a line each."""
    return "\n".join(text["text"] for text in find_texts(screen))


def find_elements(screen: Value, action_id: str = "") -> list[Value]:
    """What can be clicked, in order; only one action's if it is named."""
    found = []
    for block in screen["blocks"]:
        if block["type"] == "actions":
            found += block["elements"]
        elif "accessory" in block:
            found.append(block["accessory"])
    return [each for each in found if action_id in ("", each["action_id"])]


def find_buttons(screen: Value) -> dict[str, Value]:
    """The buttons by what stands on them."""
    return {
        each["text"]["text"]: each for each in find_elements(screen) if each["type"] == "button"
    }


def find_actions(screen: Value) -> set[str]:
    """The action ids of all that can be clicked."""
    return {each["action_id"] for each in find_elements(screen)}
