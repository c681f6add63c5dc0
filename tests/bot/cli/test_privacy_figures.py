"""`mimic evaluate --privacy`: what is hidden of the labeled messages, for people and programs."""

import json

import pytest


def test_there_is_an_object_for_each_kind_and_one_for_all(mimic):
    outcome = mimic("evaluate", "--privacy", "--half", "tuning", "--json")
    assert outcome.code == 0
    rows = {row["kind"]: row for row in map(json.loads, outcome.out.splitlines())}
    assert {"user", "handle", "email", "secret", "stranger", "all"} <= rows.keys()
    assert rows["email"]["recall"] >= 0.99
    assert rows["email"]["precision"] >= 0.97
    assert rows["email"]["hidden"] <= rows["email"]["items"]
    assert rows["email"]["recall_by_form"]["plain"] >= 0.99
    assert rows["all"]["messages"] > 1000
    assert rows["all"]["messages_per_second"] > 0
    assert rows["all"]["bytes_replaced"] < rows["all"]["bytes"]


def test_a_person_gets_a_table_and_a_sentence_without_any_text_and_needs_no_home(mimic, home):
    outcome = mimic("evaluate", "--privacy", "--half", "tuning")
    assert outcome.code == 0
    head, *rows, sentence = outcome.out.splitlines()
    assert head.split("\t")[:5] == ["kind", "labeled", "recall", "precision", "plain"]
    assert {row.split("\t")[0] for row in rows} >= {"user", "phone", "address", "name"}
    assert "a second" in sentence
    assert "@" not in outcome.out
    assert not home.exists() or not any(home.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--privacy", "@ada"],
        ["--privacy", "--test"],
        ["--half", "tuning"],
        ["--privacy", "--half", "x"],
    ],
)
def test_what_does_not_go_together_is_misuse(mimic, arguments):
    assert mimic("evaluate", *arguments).code == 2
