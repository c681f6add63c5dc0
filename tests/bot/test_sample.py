"""The sample workspace: a sound export, and people whom one can tell apart."""

import datetime
import json
import random
import re
import zipfile
from collections import defaultdict
from statistics import mean

import pytest

from bot.sample import write_sample_workspace
from bot.sample.conversations import compose_year
from bot.sample.team import Person, load_team

VOICES = ("ada", "bram", "carmen", "dov", "etta")
HUMAN = {None, "me_message", "thread_broadcast"}
EMOJI = re.compile(r":[a-z_-]+:")


def read_files(path):
    return {file.relative_to(path).as_posix(): file for file in path.rglob("*.json")}


@pytest.fixture(scope="module")
def export(sample):
    with zipfile.ZipFile(sample) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


@pytest.fixture(scope="module")
def users(export):
    return {user["id"]: user for user in export["users.json"]}


@pytest.fixture(scope="module")
def messages(export):
    days = [records for name, records in export.items() if "/" in name]
    return sorted((m for day in days for m in day), key=lambda m: m["ts"])


@pytest.fixture(scope="module")
def texts(messages, users):
    by_name = defaultdict(list)
    for message in messages:
        if message.get("subtype") in HUMAN and "bot_id" not in message:
            by_name[users[message["user"]]["name"]].append(message["text"])
    return by_name


def share(texts, claim):
    return mean(bool(claim(text)) for text in texts)


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("one.zip", "two.zip"):
        write_sample_workspace(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_zip_and_a_folder_hold_the_same_files(tmp_path):
    write_sample_workspace(tmp_path / "folder", seed=3)
    write_sample_workspace(tmp_path / "new" / "sample.zip", seed=3)
    files = read_files(tmp_path / "folder")
    with zipfile.ZipFile(tmp_path / "new" / "sample.zip") as archive:
        assert set(archive.namelist()) == set(files)
        assert all(archive.read(name) == file.read_bytes() for name, file in files.items())


@pytest.mark.parametrize("seed", range(20, 26))
def test_any_seed_composes_a_whole_year(seed):
    team = load_team()
    posts = compose_year(team, random.Random(seed))
    people = sum(person.messages for person in team.people)
    assert sum(isinstance(post.author, Person) for post in posts) > people
    assert sum(post.author is team.app for post in posts) == team.app.messages


def test_another_seed_writes_another_year(tmp_path, texts):
    write_sample_workspace(tmp_path, seed=2)
    known = {text for said in texts.values() for text in said}
    days = [json.loads(file.read_text("utf-8")) for file in tmp_path.glob("*/*.json")]
    other = [m["text"] for day in days for m in day if len(m["text"].split()) >= 4]
    assert share(other, lambda text: text in known) < 0.1


def test_ids_are_well_formed_and_authors_are_members(export, messages, users):
    assert all(re.fullmatch(r"U[A-Z0-9]{8,}", user_id) for user_id in users)
    assert all(re.fullmatch(r"C[A-Z0-9]{8,}", channel["id"]) for channel in export["channels.json"])
    assert {m["user"] for m in messages if "user" in m} == set(users)
    client_ids = [m["client_msg_id"] for m in messages if "client_msg_id" in m]
    assert len(set(client_ids)) == len(client_ids) > 3000


def test_every_ts_has_six_digits_and_is_used_once(messages):
    stamps = [message["ts"] for message in messages]
    assert all(re.fullmatch(r"\d{10}\.\d{6}", ts) for ts in stamps)
    assert len(set(stamps)) == len(stamps)


def test_day_files_are_in_order_and_span_most_of_a_year(export):
    days = {name: records for name, records in export.items() if "/" in name}
    for name, records in days.items():
        stamps = [message["ts"] for message in records]
        assert stamps == sorted(stamps)
        for ts in stamps:  # Slack's day is some hours behind UTC
            moment = datetime.datetime.fromtimestamp(float(ts), datetime.UTC)
            assert f"{moment - datetime.timedelta(hours=8):%Y-%m-%d}.json" == name.split("/")[1]
    assert len({name.split("/")[1] for name in days}) > 230


def test_people_write_on_weekdays_in_their_own_hours(messages, users):
    hours = defaultdict(set)
    for message in messages:
        if message.get("subtype") in HUMAN and "bot_id" not in message:
            moment = datetime.datetime.fromtimestamp(float(message["ts"]), datetime.UTC)
            assert moment.weekday() < 5
            hours[users[message["user"]]["name"]].add(moment.hour)
    assert min(hours["ada"]) == 8
    assert max(hours["ada"]) == 15
    assert min(hours["dov"]) == 11  # across the ocean
    assert max(hours["dov"]) == 19


def test_threads_agree_from_both_sides(messages):
    by_ts = {message["ts"]: message for message in messages}
    replies = defaultdict(list)
    for message in messages:
        if message.get("thread_ts", message["ts"]) != message["ts"]:
            root = by_ts[message["thread_ts"]]
            assert root["ts"] < message["ts"]
            assert message["parent_user_id"] == root["user"]
            replies[root["ts"]].append({"user": message["user"], "ts": message["ts"]})
    roots = [message for message in messages if "replies" in message]
    assert {root["ts"] for root in roots} == set(replies)
    for root in roots:
        assert root["thread_ts"] == root["ts"]
        assert root["replies"] == replies[root["ts"]]
        assert root["reply_count"] == len(root["replies"])
        assert root["latest_reply"] == root["replies"][-1]["ts"]
        assert set(root["reply_users"]) == {reply["user"] for reply in root["replies"]}
    assert len(roots) > 200


@pytest.mark.parametrize(
    "subtype",
    ["me_message", "thread_broadcast", "bot_message", "channel_join", "channel_leave"],
)
def test_messages_of_every_subtype_are_there(messages, subtype):
    assert sum(message.get("subtype") == subtype for message in messages) >= 2


@pytest.mark.parametrize("field", ["edited", "reactions", "user_profile", "bot_profile"])
def test_every_field_of_an_export_is_there(messages, field):
    assert sum(field in message for message in messages) >= 40


@pytest.mark.parametrize(
    "markup",
    [
        r"<@U\w+>",
        r"<#C\w+\|engineering>",
        r"<!here>",
        r"<https://example\.org/\S+\|[^>]+>",
        r"<mailto:(\w+@example\.org)\|\1>",
        r"(?<!`)`[^`]+`(?!`)",
        r"```\n.+?\n```",
        r"\+44 117 496 0\d{3}",
        r"203\.0\.113\.\d+",
        r"-&gt;",
        r"\b(Ada|Bram|Carmen|Dov|Etta)\b",
        r":wave::skin-tone-3:",
    ],
)
def test_every_kind_of_markup_is_there(texts, markup):
    said = [text for by_one in texts.values() for text in by_one]
    assert sum(bool(re.search(markup, text, re.DOTALL)) for text in said) >= 3


def test_five_people_say_enough_for_a_voice_and_the_others_do_not(texts, users):
    assert all(600 <= len(texts[name]) <= 1000 for name in VOICES)
    assert all(5 <= len(texts[name]) <= 40 for name in ("finn", "greta"))
    assert [user["name"] for user in users.values() if user["deleted"]] == ["greta"]
    assert [user["name"] for user in users.values() if user["is_bot"]] == ["scarecrow"]


def test_five_people_write_in_five_ways(texts):
    words = {name: mean(len(text.split()) for text in texts[name]) for name in VOICES}
    assert words["ada"] > 2 * words["etta"] > 2.5 * words["bram"]
    claims = {
        "ada": lambda text: ";" in text,
        "bram": lambda text: text[-1].isalnum() and text == text.lower(),
        "carmen": lambda text: "!" in text and EMOJI.search(text),
        "dov": lambda text: text.endswith(".") and not text[0].isupper(),
        "etta": lambda text: "?" in text or "…" in text,
    }
    for name, claim in claims.items():
        own = share(texts[name], claim)
        others = max(share(texts[other], claim) for other in VOICES if other != name)
        assert own > others + 0.4, name


@pytest.mark.parametrize("name", VOICES)
def test_messages_are_mostly_distinct(texts, name):
    longer = [text for text in texts[name] if len(text.split()) >= 4]
    assert len(longer) > 400
    assert len(set(longer)) >= 0.95 * len(longer)


@pytest.mark.parametrize(
    "slip", [r"\{", r" {2}", r" [,.;!?]( |$)", r"[,;]{2}", r"!{3}", r"\b[Aa] [aeio]"]
)
def test_the_grammar_leaves_no_trace(texts, slip):
    prose = [re.sub(r"`+[^`]*`+", "code", text) for said in texts.values() for text in said]
    assert not [text for text in prose if re.search(slip, text)]
