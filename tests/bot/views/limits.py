"""What Slack would refuse: everything in a message or view that breaks a documented limit.

Sources: https://docs.slack.dev/reference/block-kit (blocks, elements, composition objects), the
models of slack_sdk 3.47 (`*_max_length`), https://docs.slack.dev/surfaces/app-home, and for the sum
of all text in a message https://github.com/slackapi/bolt-js/issues/2509.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

BLOCKS = {"message": 50, "home": 100, "modal": 100}
NOTICE = 4_000  # characters of a message's `text` that Slack advises to keep to
ALL_TEXT = 12_000  # of all blocks of one message
VIEW_BYTES = 250_000
TEXT = 3_000  # any text object
HEADER = 150
FIELDS, FIELD = 10, 2_000
CONTEXT_ELEMENTS, ACTIONS_ELEMENTS = 10, 25
ID = 255
LABEL, VALUE, URL = 75, 2_000, 3_000
OPTIONS, OPTION_VALUE, PLACEHOLDER = 100, 150, 150
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
STYLES = {None, "primary", "danger"}
MENUS = {f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")}
INTERACTIVE = {"button", "overflow", "datepicker", "timepicker", "checkboxes", "radio_buttons"}
ALLOWED = {
    "actions": {*INTERACTIVE, *MENUS, "datetimepicker", "workflow_button"},
    "accessory": {*INTERACTIVE, *MENUS, *(f"multi_{menu}" for menu in MENUS), "image"},
    "context": {"plain_text", "mrkdwn", "image"},
    "rich_text": {
        "rich_text_section",
        "rich_text_list",
        "rich_text_quote",
        "rich_text_preformatted",
    },
}
RICH = {"text", "emoji", "link", "user", "usergroup", "channel", "broadcast", "color", "date"}
PINGS_ALL = re.compile(r"<!(?:here|channel|everyone|subteam\^)", re.IGNORECASE)
PINGS_ONE = re.compile(r"<@")

Value = dict[str, Any]


def violations(payload: Value, *, is_post: bool = False) -> list[str]:
    """Name every limit that a message or a view breaks; with `is_post`, also pings of a person."""
    kind = payload.get("type", "message")
    if kind not in BLOCKS:
        return [f"unknown surface {kind!r}"]
    blocks = payload.get("blocks")
    if not isinstance(blocks, list) or not blocks:
        return ["no blocks"]
    found = _check_message(payload) if kind == "message" else _check_view(payload)
    if len(blocks) > BLOCKS[kind]:
        found.append(f"{len(blocks)} blocks, at most {BLOCKS[kind]}")
    ids = Counter(block.get("block_id") for block in blocks if block.get("block_id"))
    found += [f"block_id {name!r} twice" for name, times in ids.items() if times > 1]
    for place, block in enumerate(blocks):
        found += [f"block {place}: {problem}" for problem in _check_block(block)]
    return found + list(_find_pings(payload, is_post=is_post))


def measure(text: str) -> int:
    """Count UTF-16 units, as strictly as Slack could."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _check_message(message: Value) -> list[str]:
    found = []
    notice = message.get("text")
    if not isinstance(notice, str) or not notice.strip():
        found.append("no text for the notification")
    elif measure(notice) > NOTICE or len(notice.encode("utf-8", "surrogatepass")) > NOTICE:
        found.append(f"text of {measure(notice)}, at most {NOTICE} characters and bytes")
    total = sum(measure(each["text"]) for each in _find_texts(message["blocks"]))
    if total > ALL_TEXT:
        found.append(f"blocks with {total} characters, at most {ALL_TEXT}")
    return found + _check_json(message)


def _check_view(view: Value) -> list[str]:
    size = len(json.dumps(view).encode())
    found = [f"view of {size} bytes, at most {VIEW_BYTES}"] if size > VIEW_BYTES else []
    return found + _check_json(view)


def _check_json(payload: Value) -> list[str]:
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return [f"no JSON in UTF-8: {error}"]
    return []


def _check_block(block: Any) -> Iterator[str]:
    checks = {
        "section": _check_section,
        "header": _check_header,
        "context": _check_context,
        "actions": _check_actions,
        "divider": lambda _: iter(()),
        "rich_text": _check_rich_text,
    }
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in checks:
        yield f"unknown kind {kind!r}"
        return
    yield from _check_id(block, "block_id")
    yield from checks[kind](block)


def _check_section(block: Value) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "a section without text or fields"
    if "text" in block:
        yield from _check_text(block["text"], TEXT)
    if len(block.get("fields", ())) > FIELDS:
        yield f"{len(block['fields'])} fields, at most {FIELDS}"
    for field in block.get("fields", ()):
        yield from _check_text(field, FIELD)
    if "accessory" in block:
        yield from _check_element(block["accessory"], ALLOWED["accessory"])


def _check_header(block: Value) -> Iterator[str]:
    yield from _check_text(block.get("text"), HEADER, is_plain=True)


def _check_context(block: Value) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= CONTEXT_ELEMENTS:
        yield f"{len(elements)} elements in a context, 1 to {CONTEXT_ELEMENTS}"
    for element in elements:
        if element.get("type") not in ALLOWED["context"]:
            yield f"a context with {element.get('type')!r}"
        elif element["type"] != "image":
            yield from _check_text(element, TEXT)


def _check_actions(block: Value) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= ACTIONS_ELEMENTS:
        yield f"{len(elements)} elements in actions, 1 to {ACTIONS_ELEMENTS}"
    ids = Counter(element.get("action_id") for element in elements)
    yield from (f"action_id {name!r} twice" for name, times in ids.items() if times > 1)
    for element in elements:
        yield from _check_element(element, ALLOWED["actions"])


def _check_element(element: Value, allowed: set[str]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in allowed:
        yield f"{kind!r} is not allowed here"
        return
    if kind != "image":
        yield from _check_id(element, "action_id", is_required=True)
    if "confirm" in element:
        yield from _check_confirm(element["confirm"])
    if kind == "button":
        yield from _check_button(element)
    if kind == "static_select":
        yield from _check_select(element)


def _check_button(button: Value) -> Iterator[str]:
    yield from _check_text(button.get("text"), LABEL, is_plain=True)
    if measure(button.get("value", "")) > VALUE:
        yield f"a button's value of {measure(button['value'])}, at most {VALUE}"
    if measure(button.get("url", "")) > URL:
        yield f"a button's address of {measure(button['url'])}, at most {URL}"
    if button.get("style") not in STYLES:
        yield f"a button in style {button['style']!r}"


def _check_select(menu: Value) -> Iterator[str]:
    options = menu.get("options", ())
    if not 1 <= len(options) <= OPTIONS:
        yield f"{len(options)} options, 1 to {OPTIONS}"
    for option in options:
        yield from _check_text(option.get("text"), LABEL, is_plain=True)
        if not 1 <= measure(option.get("value", "")) <= OPTION_VALUE:
            yield f"an option's value of {measure(option.get('value', ''))}, 1 to {OPTION_VALUE}"
    if len({option.get("value") for option in options}) < len(options):
        yield "an option's value twice"
    if "placeholder" in menu:
        yield from _check_text(menu["placeholder"], PLACEHOLDER, is_plain=True)
    if "initial_option" in menu and menu["initial_option"] not in options:
        yield "the first option is none of the options"


def _check_confirm(question: Value) -> Iterator[str]:
    for part, limit in CONFIRM.items():
        yield from _check_text(question.get(part), limit, is_plain=True)
    if question.get("style") not in STYLES:
        yield f"a question in style {question['style']!r}"


def _check_rich_text(block: Value) -> Iterator[str]:
    elements = block.get("elements", ())
    if not elements:
        yield "rich text without elements"
    for element in elements:
        if element.get("type") not in ALLOWED["rich_text"]:
            yield f"rich text with {element.get('type')!r}"
        elif element["type"] == "rich_text_list":
            yield from _check_rich_text(element)
        elif any(each.get("type") not in RICH for each in element.get("elements", ())):
            yield "a rich text element of an unknown kind"
        elif not element.get("elements") or any(
            each["type"] == "text" and not each.get("text") for each in element["elements"]
        ):
            yield "an empty rich text element"


def _check_text(text: Any, limit: int, *, is_plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield "no text object"
        return
    if is_plain and text["type"] != "plain_text":
        yield "markup where only plain text is allowed"
    known = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}[text["type"]]
    if extra := set(text) - {"type", "text", *known}:
        yield f"a text object with {sorted(extra)}"
    words = text.get("text")
    if not isinstance(words, str) or not words.strip():
        yield "an empty text"
    elif measure(words) > limit:
        yield f"a text of {measure(words)}, at most {limit}"


def _check_id(owner: Value, name: str, *, is_required: bool = False) -> Iterator[str]:
    given = owner.get(name)
    if given is None and not is_required:
        return
    if not isinstance(given, str) or not 1 <= len(given) <= ID:
        yield f"no {name} of 1 to {ID} characters"


def _find_pings(payload: Value, *, is_post: bool) -> Iterator[str]:
    marked = [each["text"] for each in _find_texts(payload["blocks"]) if each["type"] == "mrkdwn"]
    for text in [payload.get("text", ""), *marked]:
        if PINGS_ALL.search(text) or (is_post and PINGS_ONE.search(text)):
            yield "a live ping"
    for kind in ("broadcast", "usergroup", "user"):
        if any(each.get("type") == kind for each in _walk(payload["blocks"])) and (
            is_post or kind != "user"
        ):
            yield f"a live ping by {kind}"


def _find_texts(blocks: Any) -> Iterator[Value]:
    """Every text object, and every piece of rich text."""
    for each in _walk(blocks):
        if each.get("type") in ("plain_text", "mrkdwn", "text") and isinstance(
            each.get("text"), str
        ):
            yield each


def _walk(value: Any) -> Iterator[Value]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _walk(each)
