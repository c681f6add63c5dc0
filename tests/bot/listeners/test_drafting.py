"""Between a wish and its preview much can happen."""

from dataclasses import replace

import pytest

from bot.invocation import read_target
from bot.listeners.asking import Asked
from bot.listeners.drafting import Wish, draft
from bot.studio import Studio
from bot.views.refusals import build_refusal
from tests.bot.slack_bench import ADA, BRAM, GENERAL, TEAM


class Late(Studio):
    """Something happens between the drawing and the answer."""

    def __init__(self, mimicry, meanwhile):
        super().__init__(mimicry)
        self._meanwhile = meanwhile

    def submit(self, order, then):
        def answer(outcome):
            self._meanwhile()
            then(outcome)

        super().submit(order, answer)


@pytest.fixture
def ask(bench):
    """Ask for Ada's voice; return what is shown as a preview."""

    def ask(meanwhile, written=ADA):
        studio = Late(bench.session.mimicry, meanwhile)
        studio.start()
        url = bench.slack.build_command("", user=BRAM, channel=GENERAL).payload["response_url"]
        asked = Asked("r1", BRAM, TEAM, GENERAL, "general", url)
        shown = []
        services = replace(bench.services, studio=studio)
        draft(services, asked, Wish(read_target(written), written, "lunch"), show=shown.append)
        studio.close(10)
        return shown

    return ask


def test_what_was_drawn_is_shown(bench, ask):
    assert len(ask(lambda: None)) == 1
    assert len(bench.audit("mimicked")) == 1


@pytest.mark.parametrize("written", [ADA, f"{BRAM} + {ADA}"])
@pytest.mark.parametrize("no", ["left", "paused"])
def test_what_was_drawn_before_a_no_is_not_shown_after_it(bench, ask, no, written):
    ada = bench.member(ADA)

    def say_no():
        if no == "left":
            bench.store.forget(ada, state="left", actor="subject", by_subject=True)
        else:
            bench.store.consent.revoke(ada, actor="subject", by_subject=True)

    assert ask(say_no, written) == []
    expected = build_refusal("declined" if no == "left" else "paused", name="Ada")["text"]
    bench.slack.wait_for(lambda: [each for each in bench.slack.ephemerals if each.text == expected])
    assert bench.audit("mimicked") == []
