"""Logs on stderr, for people or for machines: counts and run ids, never text or names."""

import logging
import sys
import threading
from typing import Literal, TextIO

_OURS = ("bot", "training", "storage")

_log = logging.getLogger(__name__)


def configure_logging(level: str, style: Literal["console", "json"]) -> None:
    """Send this program's records at `level` and above, and others' warnings, to stderr."""
    root = logging.getLogger()
    root.handlers = [_LateHandler(style)]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def note_crashed_threads() -> None:
    """Log from now on only the kind of what ends a thread: a traceback could quote somebody."""
    threading.excepthook = note_crash


def note_crash(crash: threading.ExceptHookArgs) -> None:
    """Log that a thread has ended by an error, and by which kind of one."""
    name = crash.thread.name if crash.thread else "none"
    _log.critical("A thread broke down: %s (%s)", name, crash.exc_type.__name__)


class _LateHandler(logging.StreamHandler[TextIO]):
    """Loads structlog with the first record: most commands log nothing and start faster."""

    def __init__(self, style: Literal["console", "json"]) -> None:
        super().__init__(sys.stderr)
        self._style = style

    def format(self, record: logging.LogRecord) -> str:
        """Render one record."""
        if self.formatter is None:
            self.setFormatter(_build_formatter(self._style))
        return super().format(record)


def _build_formatter(style: Literal["console", "json"]) -> logging.Formatter:
    import structlog
    from structlog.typing import Processor

    is_json = style == "json"
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if is_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # the rich one shows locals: text
        )
    )
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if is_json:
        shared.append(structlog.processors.format_exc_info)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
