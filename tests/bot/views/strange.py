"""Text as people, voices and mischief may send it."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

MISCHIEF = (
    "<!here>",
    "<!channel> <!everyone|x>",
    "<!subteam^S06TEAM|@team>",
    "<@U06ADALIND>",
    "<@U06ADALIND|ada>",
    "<#C06GENERAL1|general>",
    "<https://evil.example|click>",
    "@here @channel",
    "&lt;!here&gt; &amp;",
    "*bold* _it_ ~gone~ `code` ```block```",
    "> quote",
    ":tada: :+1::skin-tone-3:",
    "\ud83d",
    "\x00\x07\x1b[31m",
    "\u202eesrever\u202c",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    '"}],"s":["U06ADALIND"',
    "\\u003c!here\\u003e",
    "",
    "   ",
    "\n\n",
)

any_text = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=80),
    st.sampled_from(MISCHIEF),
    st.lists(st.sampled_from(MISCHIEF), max_size=8).map(" ".join),
)
long_text = st.builds(
    lambda text, size: ((text or "x ") * size)[:size],
    any_text,
    st.sampled_from([1, 299, 1_500, 1_990, 3_001, 10_000]),
)
texts = st.one_of(any_text, long_text)
user_ids = st.from_regex(r"[UW][A-Z0-9]{6,10}", fullmatch=True)
moments = st.integers(0, 2_000_000_000).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
numbers = st.integers(0, 10**9)
