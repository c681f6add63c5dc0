"""Exports as they come: whole, partial, broken and hostile."""

import json
import os
import shutil
import zipfile

import pytest

from storage.archive import Archive
from storage.errors import ArchiveError
from storage.ingestion import RawMessage


def message(number):
    return {"type": "message", "user": "U1", "ts": f"{number}.000100", "text": f"text {number}"}


EXPORT = {
    "users.json": [{"id": "U1", "name": "ada"}, "no object"],
    "channels.json": [{"id": "C1", "name": "random"}, {"id": "C2", "name": "empty"}],
    "groups.json": [{"id": "G1", "name": "plans"}],
    "dms.json": [{"id": "D1", "members": ["U1"]}],
    "mpims.json": [{"id": "G2", "name": "mpdm-ada--bob-1"}],
    "integration_logs.json": [],
    "random/2024-01-02.json": [message(3)],
    "random/2024-01-01.json": [message(1), message(2)],
    "plans/2024-01-01.json": [message(4)],
    "D1/2024-01-01.json": [message(5)],
    "mpdm-ada--bob-1/2024-01-01.json": [message(6)],
    "random/attachments/2024-01-01.json": [message(7)],
    "__uploads/F1/2024-01-01.json": [message(8)],
    "random/canvas.json": [message(9)],
}


def as_bytes(content):
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def write_zip(path, files, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, as_bytes(content))
    return path


def write_folder(path, files):
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_bytes(content))
    return path


@pytest.fixture(params=["zip", "folder"])
def write(request, tmp_path):
    """Write an export, as a zip and as a folder."""
    if request.param == "zip":
        return lambda files: write_zip(tmp_path / "export.zip", files)
    return lambda files: write_folder(tmp_path / "export", files)


def read(path):
    """Return an archive's texts by conversation, its kinds, and the problems told."""
    problems = []
    with Archive.open(path) as archive:
        kinds = {channel["id"]: kind for channel, kind in archive.channels()}
        users = list(archive.users())
        messages = list(archive.messages(on_problem=problems.append))
    return messages, kinds, users, problems


def texts(messages):
    return [(raw.channel_id, raw.payload.get("text")) for raw in messages]


def test_an_export_is_read_in_order_of_conversation_and_day(write):
    messages, kinds, users, problems = read(write(EXPORT))
    assert texts(messages) == [
        ("D1", "text 5"),
        ("G2", "text 6"),
        ("G1", "text 4"),
        ("C1", "text 1"),
        ("C1", "text 2"),
        ("C1", "text 3"),
    ]
    assert kinds == {"C1": "public", "C2": "public", "G1": "private", "D1": "dm", "G2": "group_dm"}
    assert users == [{"id": "U1", "name": "ada"}]
    assert problems == []


def test_folders_around_the_export_do_not_matter(write):
    nested = {f"Team export/{name}": content for name, content in EXPORT.items()}
    nested["__MACOSX/users.json"] = b"\0"
    assert texts(read(write(nested))[0]) == texts(read(write(EXPORT))[0])


def test_without_side_files_folders_say_what_they_are(write):
    days = ["general", "mpdm-a--b-1", "D0123ABCD", "G0123ABCD", "attachments"]
    _, kinds, users, _ = read(write({f"{name}/2024-01-01.json": [message(1)] for name in days}))
    assert kinds == {
        "general": "public",
        "mpdm-a--b-1": "group_dm",
        "D0123ABCD": "dm",
        "G0123ABCD": "private",
    }
    assert users == []


def test_a_folder_that_no_list_has_is_not_taken_for_public(write):
    _, kinds, _, _ = read(write({**EXPORT, "elsewhere/2024-01-01.json": []}))
    assert kinds["elsewhere"] == "private"


def test_a_private_channel_is_private_in_whatever_list(write):
    listed = [{"id": "C1", "name": "random", "is_private": True}]
    assert read(write({**EXPORT, "channels.json": listed}))[1]["C1"] == "private"


def test_members_of_a_grid_are_read_from_their_own_file(write):
    files = {"org_users.json": [{"id": "W1"}], "general/2024-01-01.json": []}
    assert read(write(files))[2] == [{"id": "W1"}]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'[{"ts": "1.0", "text": "cut o', "random/2024-01-01.json is broken off or no JSON"),
        (b"", "random/2024-01-01.json is broken off or no JSON"),
        ("é".encode("latin-1"), "random/2024-01-01.json is broken off or no JSON"),
        (b"[" * 100_000, "random/2024-01-01.json is broken off or no JSON"),
        ({"messages": []}, "random/2024-01-01.json is not a list"),
    ],
)
def test_a_broken_day_is_named_and_skipped(write, content, reason):
    messages, _, _, problems = read(write({**EXPORT, "random/2024-01-01.json": content}))
    assert problems == [f"{reason}; it was skipped."]
    assert ("C1", "text 3") in texts(messages)
    assert ("C1", "text 1") not in texts(messages)


def test_a_broken_day_of_a_private_conversation_names_nobody(write):
    _, _, _, problems = read(write({**EXPORT, "mpdm-ada--bob-1/2024-01-01.json": b"["}))
    assert problems == [
        "2024-01-01.json of a private conversation is broken off or no JSON; it was skipped."
    ]


def test_a_broken_side_file_is_named_and_done_without(write):
    messages, kinds, users, problems = read(
        write({**EXPORT, "users.json": b"[{", "channels.json": b"[{"})
    )
    assert users == []
    assert kinds["random"] == "public"
    assert ("random", "text 1") in texts(messages)
    assert sorted(problems) == [
        "channels.json is broken off or no JSON; it was skipped.",
        "users.json is broken off or no JSON; it was skipped.",
    ]


def test_what_is_no_object_counts_as_a_message_without_content(write):
    rows = ["text", None, [1], message(1)]
    messages = read(write({"general/2024-01-01.json": rows}))[0]
    assert messages == [RawMessage("general", {})] * 3 + [RawMessage("general", message(1))]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_unicode_encodings_are_read(write, encoding):
    content = json.dumps([message(1)]).encode(encoding)
    assert texts(read(write({"general/2024-01-01.json": content}))[0]) == [("general", "text 1")]


@pytest.mark.parametrize("entry", [{"id": "", "name": ""}, {"id": None}, {"id": 7, "name": []}])
def test_a_conversation_without_a_name_is_passed_over(write, entry):
    _, kinds, _, _ = read(write({**EXPORT, "channels.json": [entry, *EXPORT["channels.json"]]}))
    assert list(kinds) == list(read(write(EXPORT))[1])


def test_progress_counts_the_bytes_of_day_files(write):
    with Archive.open(write(EXPORT)) as archive:
        seen = [archive.bytes_read for _ in archive.messages(on_problem=pytest.fail)]
        assert seen == sorted(seen)
        assert archive.bytes_read == archive.total_bytes > seen[0] == 0


@pytest.mark.parametrize(
    "files", [{}, {"readme.json": []}, {"users.json": [], "channels.json": []}]
)
def test_an_export_without_channels_is_one_sentence(write, files):
    path = write({"notes.txt": b"x", **files})
    with pytest.raises(ArchiveError, match="There are no channels in"):
        Archive.open(path)


def test_what_is_no_export_at_all_is_one_sentence(tmp_path):
    (tmp_path / "notes.zip").write_text("no zip")
    whole = write_zip(tmp_path / "whole.zip", EXPORT).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    for name in ("notes.zip", "half.zip"):
        with pytest.raises(ArchiveError, match=f"{name} is neither a folder nor a whole zip file"):
            Archive.open(tmp_path / name)
    with pytest.raises(ArchiveError, match="There is no file or folder"):
        Archive.open(tmp_path / "missing.zip")


def test_a_locked_zip_says_so(tmp_path):
    path = write_zip(tmp_path / "export.zip", EXPORT)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="asks for a password"):
        Archive.open(path)


def test_a_damaged_entry_is_named_and_skipped(tmp_path):
    path = write_zip(tmp_path / "export.zip", EXPORT, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b'"text 1"', b'"text !"'))
    messages, _, _, problems = read(path)
    assert problems == ["random/2024-01-01.json is damaged; it was skipped."]
    assert ("C1", "text 3") in texts(messages)


def test_entries_that_lead_out_of_a_zip_are_skipped(tmp_path):
    path = write_zip(
        tmp_path / "export.zip",
        {**EXPORT, "../random/2024-01-03.json": [message(9)], "/x/2024-01-03.json": [message(9)]},
    )
    messages, _, _, problems = read(path)
    assert problems == ["Files that lie outside of the export were skipped: 2."]
    assert texts(messages) == texts(read(write_zip(tmp_path / "clean.zip", EXPORT))[0])


def test_links_that_lead_out_of_a_folder_are_skipped(tmp_path):
    folder = write_folder(tmp_path / "export", EXPORT)
    outside = write_folder(tmp_path / "outside", {"2024-01-03.json": [message(9)]})
    (folder / "random" / "2024-01-03.json").symlink_to(outside / "2024-01-03.json")
    (folder / "linked").symlink_to(outside)
    (folder / "random" / "2024-01-04.json").symlink_to("2024-01-04.json")  # leads nowhere
    messages, _, _, problems = read(folder)
    assert problems == ["Files that lie outside of the export were skipped: 2."]
    assert "text 9" not in {text for _, text in texts(messages)}


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    bomb = b"[" + b" " * (11 * 2**20) + b"]"
    path = write_zip(tmp_path / "export.zip", {**EXPORT, "random/2024-01-01.json": bomb})
    messages, _, _, problems = read(path)
    assert problems == [
        "random/2024-01-01.json is packed too tightly to be messages; it was skipped."
    ]
    assert ("C1", "text 3") in texts(messages)


def test_a_day_of_unbelievable_size_is_not_read(tmp_path):
    folder = write_folder(tmp_path / "export", EXPORT)
    os.truncate(folder / "random" / "2024-01-01.json", 201 * 2**20)  # sparse: takes no room
    assert read(folder)[3] == [
        "random/2024-01-01.json is too large to be messages; it was skipped."
    ]


def test_a_day_that_vanishes_is_named_and_skipped(tmp_path):
    folder = write_folder(tmp_path / "export", EXPORT)
    problems = []
    with Archive.open(folder) as archive:
        shutil.rmtree(folder / "random")
        messages = list(archive.messages(on_problem=problems.append))
    assert len(messages) == 3
    assert problems[0] == "random/2024-01-01.json cannot be read; it was skipped."


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_names_written_by_careless_tools_are_understood(tmp_path, separator):
    path = tmp_path / "export.zip"
    name = f"café{separator}2024-01-01.json".encode().decode("cp437")  # UTF-8 that does not say so
    write_zip(path, {"channels.json": [{"id": "C1", "name": "cafe\u0301"}], "x" * len(name): b"[]"})
    content = path.read_bytes().replace(b"x" * len(name), name.encode("cp437"))
    path.write_bytes(content)
    with Archive.open(path) as archive:
        assert list(archive.messages(on_problem=pytest.fail)) == []
        assert [channel["id"] for channel, _ in archive.channels()] == ["C1"]
