"""A Slack of the tests' own: its Web API, response URLs, Socket Mode and Events API on 127.0.0.1.

```python
with FakeSlack(FakeWorkspace.small()) as slack:
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    ...
    slack.app_url = "http://127.0.0.1:3000/slack/events"      # or Socket Mode, or slack.attach(app)
    answer = slack.command("<@U0FAKEADA> lunch?", user=BRAM)
    preview = slack.wait_for(lambda: slack.shown_for(answer))[-1]
    slack.click(preview, "preview_post", user=BRAM)
    slack.wait_for(lambda: slack.posts)
```
"""

from tests.fake_slack.faults import Faults
from tests.fake_slack.limits import Limits
from tests.fake_slack.recording import Shown
from tests.fake_slack.slack import FakeSlack
from tests.fake_slack.workspace import (
    ADA,
    BOT,
    BRAM,
    CARMEN,
    DOV,
    GENERAL,
    GUEST,
    OFFICE,
    PARTNERS,
    RANDOM,
    ROBOT,
    TEAM,
    FakeWorkspace,
)

__all__ = [
    "ADA",
    "BOT",
    "BRAM",
    "CARMEN",
    "DOV",
    "GENERAL",
    "GUEST",
    "OFFICE",
    "PARTNERS",
    "RANDOM",
    "ROBOT",
    "TEAM",
    "FakeSlack",
    "FakeWorkspace",
    "Faults",
    "Limits",
    "Shown",
]
