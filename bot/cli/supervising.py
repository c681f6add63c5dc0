"""Long work on the terminal: its libraries load quietly, progress is shown, signals end it well."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot import console

if TYPE_CHECKING:
    from training.supervision import Supervision


@contextmanager
def supervise(*, gpu_price_per_hour: float | None = None) -> "Iterator[Supervision]":
    """Give what training reports to and may be stopped by; the price is noted with the run."""
    from bot.settings import hush_tensorflow
    from bot.stopping import stop_on_signal
    from bot.training_display import show_training
    from training.supervision import Supervision

    hush_tensorflow()
    with console.muted():
        import training.fitting  # noqa: F401 - loads TensorFlow
    with stop_on_signal() as stop, show_training() as show:
        yield Supervision(
            show,
            stop,
            wants_samples=console.is_terminal(),
            gpu_price_per_hour=gpu_price_per_hour,
        )
