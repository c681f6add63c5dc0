"""Typed handles: of anybody, but neither decorators nor what calls everybody."""

import pytest

from storage.anonymization import Scrubber


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(["Ada Lovelace", "tomasz"])


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("ask @somebody_else, please", "ask <user>, please"),
        ("@jdoe: hi", "<user>: hi"),
        ("thanks @Jane-Doe!", "thanks <user>!"),
        ("(@a.b, @c_d)", "(<user>, <user>)"),
        ('@jdoe\'s fix, "@jdoe"', '<user>\'s fix, "<user>"'),
        ("_@jdoe_ and *@jdoe*", "_<user>_ and *<user>*"),
        ("@jdoe/@kdoe", "<user>/<user>"),
        ("@tomasz.k is not @tomasz", "<user> is not <user>"),
        ("@Ada Lovelace said so", "<user> said so"),
        ("upgraded @types/node as @jdoe said", "upgraded @types/node as <user> said"),
    ],
)
def test_a_handle_is_a_user(scrubber, text, stored):
    assert scrubber.scrub(text).text == stored


@pytest.mark.parametrize(
    "text",
    [
        "@here @channel @everyone lunch",
        "@Override is missing, @property on the getter, @media (max-width: 600px)",
        "@app.route('/x') and @pytest.mark.slow(1) and @racket[x] and @code{y}",
        "npm i @babel/core and foo@latest, x@y, 5 pcs @ $80, @5pm",
        "all @example.com addresses, `@somebody`, `(,@rest)`",
    ],
)
def test_what_only_has_the_sign_stays(scrubber, text):
    assert scrubber.scrub(text).text == text
