from pathlib import Path

import pytest

from training.plots import draw_loss, write_scalars

HISTORY = [
    {"step": 0, "tokens": 0, "bits_per_byte": 3.0},
    {"step": 5, "tokens": 500, "bits_per_byte": 2.0, "training_bits": 2.5},
]


@pytest.mark.parametrize("history", [[], HISTORY[:1], HISTORY])
def test_a_history_of_any_length_is_a_picture(history: list[dict[str, float]]):
    assert draw_loss(history, "bits").startswith(b"\x89PNG")


@pytest.mark.slow
def test_scalars_are_kept_in_one_file_that_names_no_machine(tmp_path: Path):
    write_scalars(HISTORY, tmp_path / "tensorboard")
    assert [file.name for file in tmp_path.glob("*/*")] == ["events.out.tfevents"]


@pytest.mark.slow
def test_scalars_that_cannot_be_written_are_an_error_of_the_disk(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="could not be kept"):
        write_scalars(HISTORY, tmp_path / "file" / "tensorboard")
