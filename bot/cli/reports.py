"""What became of messages that came in, as a table."""

from typing import TYPE_CHECKING

from bot import console

if TYPE_CHECKING:
    from storage.ingestion import IngestReport

_WHY = {
    "no_consent": "the author has not agreed",
    "bot": "written by a bot or an app",
    "subtype": "a notice of Slack's",
    "empty": "no text",
    "malformed": "no message",
    "private": "from a place that --include leaves out",
    "deleted": "deleted in Slack",
    "expired": "older than MIMIC_RETENTION_DAYS",
}


def show_report(report: "IngestReport") -> None:
    """Write the counts, those that were dropped by their reason."""
    rows: list[tuple[str, str, str]] = [
        ("read", f"{report.messages_read:,}", ""),
        ("stored", f"{report.messages_stored:,}", "anonymized and sealed"),
        ("unchanged", f"{report.messages_unchanged:,}", "here already"),
    ]
    rows += [
        ("dropped", f"{number:,}", _WHY.get(reason, reason))
        for reason, number in sorted(report.messages_dropped.items(), key=lambda item: -item[1])
        if number
    ]
    console.print_table(("messages", "number", "why"), rows)
