"""Structured arguments: JSON as text or as it is, and blocks with ids."""

import json
import secrets
from typing import Any

from tests.fake_slack.refusal import Refusal


def read_json(value: Any) -> Any:
    """Read an argument that may be a JSON text.

    Raises:
        Refusal: It is neither JSON nor a structure.
    """
    if isinstance(value, dict | list):
        return value
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        raise Refusal("invalid_arguments") from None


def read_blocks(arguments: dict[str, Any]) -> list[Any]:
    """Read the argument `blocks`, an empty list where there is none.

    Raises:
        Refusal: They are no blocks.
    """
    value = arguments.get("blocks")
    if not value:
        return []
    try:
        return read_json(value)
    except Refusal:
        raise Refusal("invalid_blocks_format") from None


def name_blocks(blocks: list[Any]) -> list[Any]:
    """Give every block an id, as Slack does."""
    return [{"block_id": secrets.token_hex(3), **block} for block in blocks]
