import errno
import os
from pathlib import Path

import numpy as np
import pytest

from training.artifacts import WEIGHTS, commit, staging
from training.checkpoints import CheckpointFolder, Standing
from training.disk import write_durably
from training.errors import UnwritableFolder


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_file_is_replaced_whole(tmp_path: Path):
    file = tmp_path / "notes"
    for data in (b"old", b"new"):
        write_durably(file, data)
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"new", [file])


def test_a_full_disk_leaves_the_old_file_and_names_the_place(tmp_path: Path, full_disk: None):
    file = tmp_path / "notes"
    file.write_bytes(b"old")
    with pytest.raises(UnwritableFolder, match=rf"{tmp_path} .*No space left.*make room"):
        write_durably(file, b"new")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


def test_a_full_disk_leaves_no_half_artifact(tmp_path: Path, full_disk: None):
    def register() -> None:
        with staging(tmp_path) as staged:
            staged.write_arrays(WEIGHTS, {"embedding": np.eye(3, dtype=np.float32)})
            commit(staged, {})

    with pytest.raises(UnwritableFolder, match=str(tmp_path)):
        register()
    assert list(tmp_path.iterdir()) == []


def test_a_voices_folder_that_cannot_be_made_is_named(tmp_path: Path):
    root = tmp_path / "voices"
    root.write_text("no folder")
    with pytest.raises(UnwritableFolder, match=str(root)), staging(root):
        pass
    with pytest.raises(UnwritableFolder, match=str(root)):
        CheckpointFolder(root / "run", "abc").save(Standing(), {})
