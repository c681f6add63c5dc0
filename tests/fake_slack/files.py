"""Uploads: an address to send the file to, the file itself, and the message that shows it."""

import secrets
from typing import Any

from tests.fake_slack.chat import require_writable, show_post
from tests.fake_slack.recording import File
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.state import State
from tests.fake_slack.structure import read_json

Arguments = dict[str, Any]
Body = dict[str, Any]


def give_address(state: State, arguments: Arguments) -> Body:
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length") or "")
    if not name or not length.isdigit() or length == "0":
        raise Refusal("invalid_arguments")
    file = File(f"F{secrets.token_hex(4).upper()}", name, arguments.get("alt_txt", ""), int(length))
    state.record.files[file.id] = file
    return {"upload_url": f"{state.http_url}/upload/{file.id}", "file_id": file.id}


def receive(state: State, file_id: str, content: bytes) -> tuple[int, str]:
    """Take the bytes sent to an upload address; return HTTP's status and text."""
    file = state.record.files.get(file_id)
    if file is None:
        return 404, "unknown upload"
    if len(content) != file.length:
        return 400, "length differs"
    file.content = content
    return 200, f"OK - {file.length}"


def complete(state: State, arguments: Arguments) -> Body:
    wanted = read_json(arguments.get("files"))
    files = [state.record.files.get(each.get("id")) for each in wanted]
    if not wanted or any(file is None or not file.content for file in files):
        raise Refusal("file_not_found")
    channel_id = str(arguments.get("channel_id") or "")
    if channel_id:
        require_writable(state, channel_id)
    for each, file in zip(wanted, files, strict=True):
        file.title, file.channel_id = each.get("title", ""), channel_id
    if channel_id:
        text = str(arguments.get("initial_comment") or "")
        show_post(state, channel_id, {"text": text, "blocks": []}, via="file")
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


METHODS = {
    "files.getUploadURLExternal": give_address,
    "files.completeUploadExternal": complete,
}
