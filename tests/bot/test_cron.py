from datetime import UTC, datetime

import pytest

from bot.cron import find_next, parse_cron
from bot.errors import InvalidSchedule

FRIDAY = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def days(cron: str, count: int = 3) -> list[str]:
    moments, moment = [], FRIDAY
    for _ in range(count):
        moment = find_next(cron, moment)
        moments.append(moment)
    return [f"{moment:%a %d %H:%M}" for moment in moments]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 3 * * *", ["Sat 02 03:00", "Sun 03 03:00", "Mon 04 03:00"]),
        ("0 3 * * 0", ["Sun 03 03:00", "Sun 10 03:00", "Sun 17 03:00"]),
        ("0 3 * * 7", ["Sun 03 03:00", "Sun 10 03:00", "Sun 17 03:00"]),
        ("0 3 * * 1", ["Mon 04 03:00", "Mon 11 03:00", "Mon 18 03:00"]),
        ("0 3 * * sun", ["Sun 03 03:00", "Sun 10 03:00", "Sun 17 03:00"]),
        ("0 3 * * 1-5", ["Mon 04 03:00", "Tue 05 03:00", "Wed 06 03:00"]),
        ("0 3 * * 5-7", ["Sat 02 03:00", "Sun 03 03:00", "Fri 08 03:00"]),
        ("0 3 * * fri-sun", ["Sat 02 03:00", "Sun 03 03:00", "Fri 08 03:00"]),
        ("0 3 * * 0,3", ["Sun 03 03:00", "Wed 06 03:00", "Sun 10 03:00"]),
        ("0 3 * * */3", ["Sat 02 03:00", "Sun 03 03:00", "Wed 06 03:00"]),
        ("0 3 * * 1-5/2", ["Mon 04 03:00", "Wed 06 03:00", "Fri 08 03:00"]),
        ("*/30 * * * *", ["Fri 01 12:30", "Fri 01 13:00", "Fri 01 13:30"]),
        ("0 3 10 * 1", ["Mon 04 03:00", "Sun 10 03:00", "Mon 11 03:00"]),
        ("0 3 1 jan *", ["Fri 01 03:00", "Sat 01 03:00", "Mon 01 03:00"]),
    ],
)
def test_a_line_of_cron_means_what_it_means_to_cron(cron, expected):
    assert days(cron) == expected


def test_a_moment_is_never_its_own_successor():
    due = find_next("0 12 * * *", FRIDAY)
    assert due == datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "cron"),
    [("nightly", "0 3 * * *"), (" Weekly ", "0 3 * * 0"), ("0  3 * * MON", "0 3 * * mon")],
)
def test_words_and_spaces_become_five_fields(typed, cron):
    assert parse_cron(typed) == cron


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "often",
        "0 3 * *",
        "0 3 * * * *",
        "60 3 * * *",
        "0 24 * * *",
        "0 3 0 * *",
        "0 3 31 2 *",
        "0 3 * 13 *",
        "0 3 * * 8",
        "0 3 * * 5-1",
        "0 3 * * noday",
        "0 3 last * *",
        "0 3 * jan-mar/2 *",
        "*/0 * * * *",
        "0 3 * * */0",
        "-1 3 * * *",
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24 * * * *",
    ],
)
def test_what_is_no_line_of_cron_is_refused_in_one_sentence(typed):
    with pytest.raises(InvalidSchedule, match="five fields") as caught:
        parse_cron(typed)
    assert "\n" not in str(caught.value)
