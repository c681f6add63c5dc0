"""What a message's row becomes when another edition of it comes in; pure.

In any order and any number of times, the same editions and deletions give the same row:

- a deletion beats every edition: whoever reads a deleted row leaves it alone;
- the later edit wins; between equal ones the newer scrub version, then the greater MAC, which
  means nothing but does not depend on what came first;
- an edition that may not be stored leaves no text, but it ends the text that it replaced.
"""

from dataclasses import dataclass

from storage.ingestion import Edition


@dataclass(slots=True)
class MessageRow:
    """A row under way from what the table has to what it will have.

    Args:
        raw: Text that has come in and is still to be scrubbed and sealed.
        former: Who had written the text that the table has.
        is_changed: The table has to be told.
    """

    channel: int
    ts: str
    id: int | None = None
    author: int | None = None
    thread_ts: str | None = None
    edited_ts: str | None = None
    is_deleted: bool = False
    scrub_version: int | None = None
    raw_mac: bytes | None = None
    key_id: str | None = None
    sealed: bytes | None = None
    raw: str | None = None
    former: int | None = None
    is_changed: bool = False

    @property
    def is_there(self) -> bool:
        """Whether the table has this row, or is going to have it."""
        return self.id is not None or self.is_changed

    @property
    def lost(self) -> int | None:
        """Whose text goes away without another in its place."""
        return None if self.author is not None else self.former

    def take(self, edition: Edition, *, author: int, mac: bytes, scrub_version: int) -> bool:
        """Let an edition in that may be stored, if it is news; say whether it was.

        Args:
            edition: What came; where it is void, only its mark is kept.
            author: Who wrote it.
            mac: Of its raw text and all that makes it this message; equal MACs are skipped.
            scrub_version: Of the scrubber at hand.
        """
        joins = edition.thread_ts > (self.thread_ts or "")
        if joins:
            self.thread_ts = edition.thread_ts
        rank = (edition.edited_ts, scrub_version, mac)
        own = (self.edited_ts or "", self.scrub_version or 0, self.raw_mac or b"")
        is_news = rank > own
        if is_news:
            self.edited_ts = edition.edited_ts or None
        if is_news and rank[1:] != own[1:]:
            self._clear()
            self.scrub_version, self.raw_mac = scrub_version, mac
            if not edition.void:
                self.author, self.raw = author, edition.text
        self.is_changed |= joins or is_news
        return joins or is_news

    def end(self, edition: Edition) -> None:
        """Drop the text if an edition replaced it that may not be stored itself."""
        if edition.edited_ts > (self.edited_ts or ""):
            self._clear()
            self.edited_ts = edition.edited_ts
            self.is_changed = True

    def delete(self) -> None:
        """Keep nothing but the mark that the message was deleted."""
        if not self.is_deleted:
            self._clear()
            self.thread_ts = self.edited_ts = None
            self.is_deleted = self.is_changed = True

    def settle(self) -> None:
        """Begin anew: the table has been told."""
        if self.is_changed:
            self.id = self.id or 0  # it has one now, whatever it is
        self.former, self.raw = self.author, None
        self.is_changed = False

    def _clear(self) -> None:
        self.author = self.scrub_version = None
        self.raw_mac = self.key_id = self.sealed = self.raw = None
