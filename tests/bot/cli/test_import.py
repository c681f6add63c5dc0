"""`mimic import`, `consent`, `forget` and `anonymize` on the sample workspace."""

import json
import shutil
import zipfile

import pytest

KEYS = {
    "messages_read",
    "messages_stored",
    "messages_unchanged",
    "messages_dropped",
    "members",
    "channels",
    "seconds",
}


@pytest.fixture(scope="module")
def export(sample, tmp_path_factory):
    """The sample workspace with one day in seven: quick to read, and everybody is in it."""
    file = tmp_path_factory.mktemp("export") / "export.zip"
    with zipfile.ZipFile(sample) as whole, zipfile.ZipFile(file, "w") as part:
        for number, name in enumerate(whole.namelist()):
            if "/" not in name or number % 7 == 0:
                part.writestr(name, whole.read(name))
    return file


@pytest.fixture
def folder(export, tmp_path):
    """The same unpacked, to be broken."""
    folder = tmp_path / "export"
    with zipfile.ZipFile(export) as archive:
        archive.extractall(folder)
    return folder


def find_day(folder):
    return max((folder / "general").glob("*.json"), key=lambda file: file.stat().st_size)


def read_json(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_without_consent_nothing_is_stored_and_the_option_is_named(mimic, export):
    outcome = mimic("import", export, "--json")
    assert outcome.code == 1
    facts = json.loads(outcome.out)
    assert facts["messages_stored"] == 0
    assert facts["messages_dropped"]["no_consent"] > 400
    assert "--consent" in outcome.err
    assert outcome.err.count("\n") == 1


def test_importing_tells_what_became_of_every_message(mimic, export):
    facts = read_json(mimic("import", export, "--consent", "all", "--json"))
    assert set(facts) == KEYS
    assert facts["messages_stored"] > 400
    assert facts["messages_unchanged"] == 0
    assert set(facts["messages_dropped"]) == {"bot", "subtype"}
    dropped = sum(facts["messages_dropped"].values())
    assert facts["messages_read"] == facts["messages_stored"] + dropped
    assert facts["channels"] == 2


def test_importing_twice_changes_nothing(mimic, export):
    first = read_json(mimic("import", export, "--consent", "all", "--json"))
    second = read_json(mimic("import", export, "--json"))
    assert second["messages_stored"] == 0
    assert second["messages_unchanged"] == first["messages_stored"]


def test_only_those_who_agreed_are_stored(mimic, export):
    mimic("import", export, "--consent", "@ada,@bram")
    rows = [json.loads(line) for line in mimic("consent", "list", "--json").out.splitlines()]
    stored = {row["member"]: row["messages"] for row in rows if row["messages"]}
    assert set(stored) == {"@ada", "@bram"}
    assert {row["member"] for row in rows if row["consent"] == "agreed"} == set(stored)


def test_consent_given_later_lets_an_import_in(mimic, export):
    mimic("import", export)
    assert mimic("consent", "grant", "@ada").code == 0
    assert read_json(mimic("import", export, "--json"))["messages_stored"] > 70


def test_consent_for_all_is_of_those_in_the_export_and_of_nobody_else(mimic, export, tmp_path):
    mimic("import", export)
    other = tmp_path / "other"
    (other / "lab").mkdir(parents=True)
    (other / "lab" / "2024-01-01.json").write_text("[]")
    (other / "users.json").write_text('[{"id": "U0ZOE0001", "name": "zoe"}]')
    mimic("import", other, "--consent", "all")
    rows = [json.loads(line) for line in mimic("consent", "list", "--json").out.splitlines()]
    assert {row["member"] for row in rows if row["consent"] == "agreed"} == {"@zoe"}


@pytest.mark.usefixtures("filled")
def test_another_workspace_s_export_is_kept_apart(mimic, tmp_path):
    message = {"type": "message", "user": "U0ZOE0001", "text": "hi", "ts": "1700000000.000100"}
    files = {
        "users.json": [{"id": "U0ZOE0001", "name": "zoe", "team_id": "T0OTHERS1"}],
        "channels.json": [{"id": "C0LAB0001", "name": "lab"}],
        "lab/2024-01-01.json": [message],
    }
    for name, content in files.items():
        file = tmp_path / "other" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    facts = read_json(mimic("import", tmp_path / "other", "--consent", "all", "--json"))
    assert (facts["messages_stored"], facts["messages_dropped"]) == (1, {})


def test_opting_out_is_for_admins_to_choose(mimic, export, monkeypatch):
    monkeypatch.setenv("MIMIC_CONSENT", "opt-out")
    assert read_json(mimic("import", export, "--json"))["messages_stored"] > 400
    assert json.loads(mimic("consent", "policy", "--json").out)["policy"] == "opt-out"


def test_a_pipe_gets_a_plain_table(mimic, export):
    outcome = mimic("import", export, "--consent", "all")
    assert outcome.code == 0
    assert "dropped\t16\twritten by a bot or an app" in outcome.out.splitlines()


@pytest.mark.parametrize("flags", [("--consent", "all"), ()])
def test_a_no_of_ones_own_beats_every_flag(mimic, filled, export, flags):
    assert mimic("forget", "@ada", "--yes").code == 0
    facts = read_json(mimic("import", export, *flags, "--json"))
    assert facts["messages_stored"] == 0
    assert facts["messages_dropped"]["no_consent"] > 70


def test_revoking_stops_everything_until_it_is_granted_again(mimic, filled, export):
    assert json.loads(mimic("consent", "revoke", "@ada", "--json").out)["consent"] == "paused"
    assert read_json(mimic("import", export, "--json"))["messages_dropped"]["no_consent"] > 70
    again = mimic("import", export, "--consent", "all")  # a pause is lifted by name alone
    assert "6 members agree; 1 had said no, or are paused, and keep to it" in again.err
    assert read_json(mimic("import", export, "--json"))["messages_dropped"]["no_consent"] > 70
    granted = read_json(mimic("consent", "grant", "@ada", "--json"))
    assert granted == {"granted": 1, "refused": 0}
    assert read_json(mimic("consent", "grant", "--all", "--json"))["granted"] == 7


def test_a_truncated_day_is_named_and_skipped_and_the_rest_comes_in(mimic, export, folder):
    whole = read_json(mimic("import", export, "--consent", "all", "--json"))
    mimic("forget", "@ada", "--yes")
    day = find_day(folder)
    lost = len(json.loads(day.read_text("utf-8")))
    day.write_bytes(day.read_bytes()[:-20])
    outcome = mimic("import", folder, "--json")
    assert read_json(outcome)["messages_read"] == whole["messages_read"] - lost
    assert f"general/{day.name}" in outcome.err


def test_a_message_without_a_ts_is_dropped_alone(mimic, folder):
    day = find_day(folder)
    messages = json.loads(day.read_text("utf-8"))
    del next(each for each in messages if "subtype" not in each)["ts"]
    day.write_text(json.dumps(messages), "utf-8")
    facts = read_json(mimic("import", folder, "--consent", "all", "--json"))
    assert facts["messages_dropped"]["malformed"] == 1


def test_an_author_whom_nobody_knows_has_not_agreed(mimic, folder):
    day = find_day(folder)
    stranger = {"type": "message", "user": "U0NOBODY1", "text": "hi", "ts": "1700000000.000100"}
    day.write_text(json.dumps([stranger]), "utf-8")
    facts = read_json(mimic("import", folder, "--consent", "@ada", "--json"))
    assert facts["messages_dropped"]["no_consent"] > 0
    rows = [json.loads(line) for line in mimic("consent", "list", "--json").out.splitlines()]
    assert {row["member"] for row in rows if row["messages"]} == {"@ada"}


@pytest.mark.parametrize("missing", ["users.json", "integration_logs.json"])
def test_a_side_file_may_be_missing(mimic, folder, missing):
    (folder / missing).unlink(missing_ok=True)
    facts = read_json(mimic("import", folder, "--consent", "all", "--json"))
    assert facts["messages_stored"] > 400


def make_no_zip(path):
    path.write_bytes(b"PK no zip")


def make_no_channels(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.json", "[]")


@pytest.mark.parametrize("make", [make_no_zip, make_no_channels, lambda path: None])
def test_what_is_no_export_is_one_sentence_and_makes_nothing(mimic, tmp_path, home, make):
    path = tmp_path / "export.zip"
    make(path)
    outcome = mimic("import", path, "--consent", "all")
    assert (outcome.code, outcome.out) == (1, "")
    assert "export.zip" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not home.exists()


def test_consent_of_somebody_unknown_is_one_sentence(mimic, export):
    outcome = mimic("import", export, "--consent", "@ada,@nobody")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("mimic: @nobody: ")


@pytest.mark.usefixtures("filled")
def test_forgetting_needs_a_yes(mimic):
    outcome = mimic("forget", "@ada")
    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert "@ada" in mimic("consent", "list").out


def test_forgetting_removes_voice_and_folders_and_gives_a_receipt(mimic, speaking):
    before = set((speaking / "voices").iterdir())
    receipt = read_json(mimic("forget", "@ada", "--yes", "--json"))
    assert receipt["messages"] > 600
    assert receipt["voices"] == 1
    assert receipt["shared_versions"] > 0
    assert receipt["shared_until"] is not None
    # two of hers, and one of Bram's that cannot speak again and stood on what had learned from her
    assert len(before - set((speaking / "voices").iterdir())) == 3
    assert mimic("say", "@ada").code == 1
    assert "@ada" not in mimic("consent", "list").out


def test_anonymizing_needs_no_database_and_makes_none(mimic, home):
    lines = 'mail ada@example.org\n{"text": "hi <@U012ABCDEF> &amp; co"}\n'
    outcome = mimic("anonymize", "-", "--json", stdin=lines)
    assert [json.loads(line) for line in outcome.out.splitlines()] == [
        {"text": "mail <email>", "kinds": {"email": 1}},
        {"text": "hi <user> & co", "kinds": {"user": 1}},
    ]
    assert not home.exists()


def test_anonymizing_knows_the_members_once_they_are_here(mimic, export, tmp_path):
    file = tmp_path / "lines.txt"
    file.write_text("ask Lindqvist\n")
    assert mimic("anonymize", file).out == "ask Lindqvist\n"
    mimic("import", export, "--consent", "all")
    assert mimic("anonymize", file).out == "ask <name>\n"


def test_a_home_can_be_moved(mimic, filled, export, tmp_path, monkeypatch):
    shutil.move(filled, tmp_path / "elsewhere")
    monkeypatch.setenv("MIMIC_HOME", str(tmp_path / "elsewhere"))
    assert read_json(mimic("import", export, "--json"))["messages_stored"] == 0
