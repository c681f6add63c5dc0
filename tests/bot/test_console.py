"""What the terminal shows, and what may not reach it."""

import io
import json
import logging
import os
import signal
import threading

import pytest

from bot import console
from bot.logs import configure_logging, note_crash
from bot.stopping import stop_on_signal


def test_a_text_cannot_steer_the_terminal(capsys):
    console.print_text("a\x1b[2Jb\rc\x9b1m\x07\td\ne")
    assert capsys.readouterr().out == "a[2Jbc1m\td\ne\n"


def test_json_is_one_line_in_the_text_s_own_letters(capsys):
    console.print_json({"text": "Zoë\n🎉"})
    out = capsys.readouterr().out
    assert out == '{"text": "Zoë\\n🎉"}\n'
    assert json.loads(out) == {"text": "Zoë\n🎉"}


def test_json_stays_json_where_the_encoding_lacks_letters(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    console.print_json({"text": "Zoë 🎉"})
    assert json.loads(stream.buffer.getvalue()) == {"text": "Zoë 🎉"}


def test_a_table_in_a_pipe_is_tab_separated(capsys):
    console.print_table(("voice", "bits"), [("@a\tda", 1.23456), ("[red]x", None)])
    assert capsys.readouterr().out == "voice\tbits\n@a da\t1.235\n[red]x\t\n"


def test_a_failure_is_one_line_on_stderr(capsys):
    console.fail("It broke\n  in two.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "mimic: It broke in two.\n")


def test_nobody_watches_a_pipe():
    with console.progress_bar("pace") as bar:
        assert bar is None


@pytest.fixture
def logs():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before
    for name in ("bot", "training", "storage"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.usefixtures("logs")
def test_logs_for_machines_are_json_on_stderr(capsys):
    configure_logging("INFO", "json")
    logging.getLogger("storage.store").info("stored %d messages", 3, extra={"run": 7})
    logging.getLogger("storage.store").debug("too fine")
    logging.getLogger("somebody.else").info("not ours")
    captured = capsys.readouterr()
    assert captured.out == ""
    record = json.loads(captured.err)
    assert (record["event"], record["run"], record["level"]) == ("stored 3 messages", 7, "info")


@pytest.mark.usefixtures("logs")
def test_logs_for_people_show_no_values_of_variables(capsys):
    configure_logging("INFO", "console")
    written = "what" + " Ada wrote"
    try:
        1 / (len(written) - 14)
    except ZeroDivisionError:
        logging.getLogger("bot").exception("failed")
    err = capsys.readouterr().err
    assert "failed" in err
    assert "ZeroDivisionError" in err
    assert "what Ada wrote" not in err


def test_the_first_signal_asks_to_stop_and_the_second_ctrl_c_insists(capsys):
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "the best so far is kept" in capsys.readouterr().err


def test_a_thread_that_breaks_down_is_logged_without_what_its_error_says(caplog):
    error = KeyError("what ada wrote")
    note_crash(threading.ExceptHookArgs((KeyError, error, None, threading.current_thread())))
    assert "KeyError" in caplog.text
    assert "ada" not in caplog.text
