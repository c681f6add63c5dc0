"""How Slack says no: HTTP 200 with `ok` false and a word."""

from typing import Any


class Refusal(Exception):
    """A call that Slack refuses.

    `more` is what stands beside the word, such as the scope that is `needed`.
    """

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    def body(self) -> dict[str, Any]:
        """The answer."""
        return {"ok": False, "error": self.error, **self.more}
