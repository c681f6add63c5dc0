"""What stays of a run to look at: the loss as a picture and as TensorBoard scalars."""

import io
import math
from collections.abc import Sequence
from pathlib import Path

History = Sequence[dict[str, float]]
SCALARS = "events.out.tfevents"  # TensorBoard looks for this name


def draw_loss(history: History, title: str) -> bytes:
    """Draw training and held-out bits per byte over tokens; return a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    tokens = [point["tokens"] / 1e6 for point in history]
    for key, label, color in (
        ("training_bits", "training", "#9aa5b1"),
        ("bits_per_byte", "held out", "#1f6feb"),
    ):
        values = [point.get(key, math.nan) for point in history]
        axes.plot(tokens, values, "o-", label=label, color=color, ms=3)
    axes.set(xlabel="million tokens read", ylabel="bits per byte", title=title)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def write_scalars(history: History, folder: Path) -> None:
    """Write the history as TensorBoard scalars, by step.

    Raises:
        OSError: TensorFlow could not write them.
    """
    import tensorflow as tf

    try:
        writer = tf.summary.create_file_writer(str(folder))
        with writer.as_default():
            for point in history:
                for key in point.keys() & {"training_bits", "bits_per_byte"}:
                    tf.summary.scalar(key, point[key], step=int(point["step"]))
        writer.close()
    except tf.errors.OpError as error:
        raise OSError(error.error_code, "the scalars of the run could not be kept") from error
    for file in folder.iterdir():
        file.rename(folder / SCALARS)  # TensorFlow's own name for it names the machine
