from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import ids
from bot.views.admin import (
    AdminFacts,
    RunLine,
    RunReport,
    RunState,
    VoiceLine,
    VoiceReport,
    build_admin,
    build_run_report,
)
from storage import run_rows
from tests.bot.views.limits import violations
from tests.bot.views.reading import find_elements, read
from tests.bot.views.strange import numbers, texts

CRON = "0 3 * * *"
ADA = VoiceLine("person:3", "Ada", 2, 660, 2.1, "nightly", True)
RUN = RunLine(7, "Ada", "running", 0.42, None, True)
ADA_REPORT = VoiceReport("Ada", 3, True, 2.05)
REPORT = RunReport(7, "Ada", "succeeded", (ADA_REPORT,), 123_456, 61.4, "CPU", 0.42)

fractions = st.floats(0, 1)
bits = st.none() | st.floats(0, 100)
states = st.sampled_from(get_args(RunState))
voices = st.builds(
    VoiceLine, st.just("x"), texts, st.none() | numbers, numbers, bits, texts, st.booleans()
)
runs = st.builds(RunLine, numbers, texts, states, fractions, st.none() | texts, st.booleans())
reports = st.builds(VoiceReport, texts, numbers, st.booleans(), bits)


def make_facts(voices=(ADA,), runs=(RUN,)):
    return AdminFacts(tuple(voices), tuple(runs), CRON)


def test_the_states_are_those_that_are_stored():
    assert set(get_args(RunState)) == set(get_args(run_rows.RunState))


def test_a_voice_is_shown_with_its_figures_and_what_can_be_done():
    message = build_admin(make_facts())
    assert "Ada: version 2, 660 messages, 2.100 bits per byte" in read(message)
    (train,) = find_elements(message, ids.ADMIN_TRAIN)
    (menu,) = find_elements(message, ids.ADMIN_SCHEDULE)
    (back,) = find_elements(message, ids.ADMIN_ROLLBACK)
    assert train["value"] == back["value"] == "person:3"
    assert [block["block_id"] for block in message["blocks"] if "block_id" in block] == ["person:3"]
    assert [option["value"] for option in menu["options"]] == ["nightly", "weekly", "off"]
    assert menu["initial_option"]["value"] == "nightly"
    assert "confirm" in back


def test_another_schedule_is_shown_as_what_it_is():
    message = build_admin(make_facts([replace(ADA, schedule="0 6 * * 1")]))
    (menu,) = find_elements(message, ids.ADMIN_SCHEDULE)
    assert menu["initial_option"]["value"] == "0 6 * * 1"
    assert menu["initial_option"]["text"]["text"] == "Train: 0 6 * * 1 (UTC)"


def test_the_default_schedule_is_told_in_words():
    assert "Trained, if nothing else is chosen: daily at 03:00 UTC" in read(
        build_admin(make_facts())
    )
    off = AdminFacts((), (), "off")
    assert "Trained, if nothing else is chosen: off" in read(build_admin(off))


def test_a_first_version_cannot_be_rolled_back():
    message = build_admin(make_facts([replace(ADA, has_previous=False)]))
    assert find_elements(message, ids.ADMIN_ROLLBACK) == []


def test_a_running_run_has_a_bar_and_can_be_cancelled():
    message = build_admin(make_facts())
    assert "Run 7: Ada, running  ████░░░░░░ 42%" in read(message)
    (cancel,) = find_elements(message, ids.ADMIN_CANCEL)
    assert cancel["value"] == "7"


def test_a_finished_run_has_its_reason_and_no_button():
    run = RunLine(7, "Ada", "failed", 0.4, "There is too little text.", False)
    message = build_admin(make_facts(runs=[run]))
    assert "Run 7: Ada, failed\nThere is too little text." in read(message)
    assert find_elements(message, ids.ADMIN_CANCEL) == []


def test_a_workspace_without_voices_and_runs_says_what_is_missing():
    words = read(build_admin(make_facts([], [])))
    assert "No run yet." in words
    assert "somebody has to agree first" in words


def test_what_does_not_fit_is_counted():
    voices = [replace(ADA, label=f"person:{n}") for n in range(100)]
    runs = [replace(RUN, id=n) for n in range(40, 0, -1)]
    message = build_admin(make_facts(voices, runs))
    assert violations(message) == []
    assert len(find_elements(message, ids.ADMIN_TRAIN)) == 16
    assert "and 84 more voices: mimic voices" in read(message)
    assert "Run 40:" in read(message)
    assert "Run 30:" not in read(message)
    assert "and 30 more runs: mimic runs" in read(message)


def test_a_report_says_what_became_of_each_voice():
    words = read(build_run_report(REPORT))
    assert "Run 7 (Ada) is done." in words
    assert "• Ada: version 3, speaks from now on; bits per byte 2.050" in words
    assert "123,456 tokens in 61 seconds, on CPU, cost 0.42" in words


def test_a_report_says_that_a_voice_was_not_promoted():
    kept = VoiceReport("Bram", 4, False, 2.2)
    words = read(build_run_report(replace(REPORT, voices=(kept,), device=None, cost=None)))
    assert "• Bram: version 4, not promoted; bits per byte 2.200" in words
    assert words.endswith("123,456 tokens in 61 seconds")


def test_a_failed_run_says_why():
    report = RunReport(7, "Ada", "failed", (), 0, 1, reason="There is too little text.")
    assert "Run 7 (Ada) has failed. There is too little text." in read(build_run_report(report))


@given(st.lists(voices, max_size=4), st.lists(runs, max_size=4), texts)
def test_any_admin_screen_keeps_slacks_limits(voices, runs, cron):
    named = tuple(replace(voice, label=f"text:{n}") for n, voice in enumerate(voices))
    assert violations(build_admin(AdminFacts(named, tuple(runs), cron))) == []


@given(
    st.builds(
        RunReport,
        numbers,
        texts,
        states,
        st.lists(reports, max_size=4).map(tuple),
        numbers,
        fractions,
        st.none() | texts,
        st.none() | fractions,
        st.none() | texts,
    )
)
def test_any_report_keeps_slacks_limits(report):
    assert violations(build_run_report(report)) == []


@pytest.mark.parametrize("text", ["x" * 200, "\U0001f600" * 100, "<!here> & " * 30])
def test_full_screens_of_long_names_keep_slacks_limits(text):
    voices = [replace(ADA, label=f"person:{n}", name=text, schedule=text) for n in range(100)]
    runs = [replace(RUN, name=text, reason=text)] * 100
    assert violations(build_admin(make_facts(voices, runs))) == []
    report = replace(REPORT, voices=(replace(ADA_REPORT, name=text),) * 100)
    assert violations(build_run_report(report)) == []
