"""Several exports in one folder, other shapes of them, and what is too old."""

import json
import shutil
import time
import zipfile

import pytest

ADA, ZOE = "U0ADA1111", "U0ZOE1111"


def build_files(user, team, *, name="ada", channel="C0LAB1111", texts=("hi", "ho")):
    return {
        "users.json": [{"id": user, "name": name, "team_id": team}],
        "channels.json": [{"id": channel, "name": "lab"}],
        "lab/2023-11-14.json": [
            {"type": "message", "user": user, "text": text, "ts": f"17000000{number:02}.000100"}
            for number, text in enumerate(texts)
        ],
    }


def write_zip(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(content))
    return path


@pytest.fixture
def take(mimic, opened):
    def run(path, *flags):
        outcome = mimic("import", path, "--consent", "all", "--json", *flags)
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out), outcome.err

    return run


def test_a_folder_of_several_has_one_summary(take, tmp_path):
    several = tmp_path / "several"
    write_zip(several / "one.zip", build_files(ADA, "T0ONE1111"))
    write_zip(several / "two.zip", build_files(ADA, "T0ONE1111", texts=("hi", "ho", "hey")))
    write_zip(several / "deep" / "other.zip", build_files(ZOE, "T0TWO1111", name="zoe"))
    shutil.copy(several / "one.zip", several / "one again.zip")
    facts, err = take(several)
    assert err == ""
    assert (facts["messages_read"], facts["messages_stored"]) == (9, 5)
    assert facts["messages_unchanged"] == 4
    assert (facts["members"], facts["channels"]) == (2, 2)


def test_of_several_the_broken_ones_are_named_and_the_rest_comes_in(take, tmp_path):
    several = tmp_path / "several"
    write_zip(several / "one.zip", build_files(ADA, "T0ONE1111"))
    write_zip(several / "none.zip", {})
    (several / "half.zip").write_bytes((several / "one.zip").read_bytes()[:100])
    (several / "slackdump.sqlite.bak").write_bytes(b"SQLite format 3\x00 and no more")
    facts, err = take(several)
    assert facts["messages_stored"] == 2
    lines = err.splitlines()
    assert len(lines) == 3
    for name in ("half.zip", "none.zip", "slackdump.sqlite.bak"):
        assert sum(name in line for line in lines) == 1


def test_names_of_one_export_are_scrubbed_from_another(take, mimic, tmp_path):
    several = tmp_path / "several"
    write_zip(several / "a.zip", build_files(ADA, "T0ONE1111", texts=("ask quixby",)))
    write_zip(several / "b.zip", build_files("U0QUIX111", "T0ONE1111", name="quixby"))
    take(several)
    exported = mimic("export-my-data", "@ada", "--json")
    assert "quixby" not in exported.out


def test_what_is_older_than_messages_are_kept_is_not_imported(take, tmp_path, monkeypatch):
    files = build_files(ADA, "T0ONE1111", texts=("old", "older"))
    new = {"type": "message", "user": ADA, "text": "new", "ts": f"{time.time():.6f}"}
    files["lab/2023-11-14.json"].append(new)
    export = write_zip(tmp_path / "export.zip", files)
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "30")
    facts, _ = take(export)
    assert (facts["messages_read"], facts["messages_stored"]) == (3, 1)
    assert facts["messages_dropped"] == {"expired": 2}
    monkeypatch.delenv("MIMIC_RETENTION_DAYS")
    facts, _ = take(export)
    assert (facts["messages_stored"], facts["messages_unchanged"]) == (2, 1)


def test_a_table_says_why_what_is_too_old_was_dropped(mimic, tmp_path, monkeypatch):
    export = write_zip(tmp_path / "export.zip", build_files(ADA, "T0ONE1111"))
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "30")
    assert "dropped\t2\tolder than MIMIC_RETENTION_DAYS" in mimic("import", export).out


def test_an_export_as_slackdump_writes_it_holds_no_more_than_slack_s(take, tmp_path):
    files = build_files(ADA, "T0ONE1111")
    message = files["lab/2023-11-14.json"][0]
    private = {"id": "C0PLANS11", "name": "plans", "is_channel": True, "is_private": True}
    files["channels.json"].append({**private, "members": None})
    files["mpims.json"] = [{"id": "C0MPIM111", "name": "mpdm-ada--zoe-1", "is_mpim": True}]
    files["dms.json"] = [{"id": "D0DIRECT1", "created": 1, "members": [ADA, ""]}]
    folders = ("plans", "mpdm-ada--zoe-1", "D0DIRECT1")
    folders += ("__uploads", "__uploads/F1", "__avatars", "lab/attachments")
    for number, folder in enumerate(folders):
        said = {**message, "ts": f"171000000{number}.000100", "slackdump_thread_replies": None}
        files[f"{folder}/2023-11-14.json"] = [said]
    export = write_zip(tmp_path / "export.zip", files)
    facts, _ = take(export)
    assert (facts["messages_stored"], facts["messages_dropped"]) == (2, {"private": 3})
    assert take(export, "--include", "private,dms")[0]["messages_stored"] == 3
