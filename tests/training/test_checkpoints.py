import shutil
from pathlib import Path

import numpy as np
import pytest

from training.checkpoints import CheckpointFolder, Standing
from training.errors import UnwritableFolder

ARRAYS = {"weights": {"layer/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}}


def test_a_checkpoint_is_read_back(tmp_path: Path):
    folder = CheckpointFolder(tmp_path / "run", "abc")
    folder.save(Standing(step=7, history=[{"step": 5.0}]), ARRAYS)
    standing, groups = CheckpointFolder(tmp_path / "run", "abc").load()
    assert (standing.step, standing.history) == (7, [{"step": 5.0}])
    assert (groups["weights"]["layer/kernel"] == ARRAYS["weights"]["layer/kernel"]).all()


def test_another_runs_checkpoint_is_ignored(tmp_path: Path):
    CheckpointFolder(tmp_path, "abc").save(Standing(), ARRAYS)
    assert CheckpointFolder(tmp_path, "other").load() is None


def test_a_torn_checkpoint_is_ignored(tmp_path: Path):
    folder = CheckpointFolder(tmp_path, "abc")
    assert folder.load() is None
    folder.save(Standing(), ARRAYS)
    file = tmp_path / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:-3])
    assert folder.load() is None
    file.write_bytes(b"")
    assert folder.load() is None


def test_a_checkpoint_of_a_release_that_knew_more_is_ignored(tmp_path: Path):
    folder = CheckpointFolder(tmp_path, "abc")
    folder.save(Standing(step=7), ARRAYS)
    file = tmp_path / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes().replace(b"rate_scale", b"rate_scape"))
    assert folder.load() is None


def test_clearing_leaves_no_folder_behind(tmp_path: Path):
    folder = CheckpointFolder(tmp_path / "run", "abc")
    folder.save(Standing(), ARRAYS)
    folder.clear()
    folder.clear()
    assert not (tmp_path / "run").exists()


def test_whoever_takes_the_folder_away_ends_it(tmp_path: Path):
    folder = CheckpointFolder(tmp_path / "run", "abc")
    folder.load()
    assert (tmp_path / "run").is_dir()
    shutil.rmtree(tmp_path / "run")
    folder.save(Standing(), ARRAYS)
    assert not (tmp_path / "run").exists()
    CheckpointFolder(tmp_path / "run", "abc").save(Standing(), ARRAYS)
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path):
    (tmp_path / "run").touch()
    with pytest.raises(UnwritableFolder):
        CheckpointFolder(tmp_path / "run", "abc").save(Standing(), ARRAYS)
    folder = CheckpointFolder(tmp_path / "other", "abc")
    folder.load()
    (tmp_path / "other" / "checkpoint.safetensors.part").mkdir()
    with pytest.raises(UnwritableFolder):
        folder.save(Standing(), ARRAYS)
