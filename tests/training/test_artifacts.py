from pathlib import Path

import numpy as np
import pytest

from training.artifacts import METADATA, WEIGHTS, Artifact, commit, open_artifact, staging
from training.errors import DamagedArtifact


def make(root: Path) -> Artifact:
    with staging(root) as staged:
        staged.write_arrays(WEIGHTS, {"embedding": np.eye(3, dtype=np.float32)})
        (staged.path / "tensorboard").mkdir()
        (staged.path / "tensorboard" / "events").write_bytes(b"points")
        return commit(staged, {"kind": "person"})


def test_a_committed_folder_opens_with_its_metadata(tmp_path: Path):
    artifact = open_artifact(tmp_path, make(tmp_path).folder)
    assert artifact.metadata["kind"] == "person"
    assert artifact.arrays(WEIGHTS)["embedding"].tolist() == np.eye(3).tolist()
    assert artifact.has("tensorboard/events")


def test_nothing_is_left_of_what_was_not_committed(tmp_path: Path):
    with staging(tmp_path) as staged:
        staged.write("notes", b"half")
        assert list(tmp_path.iterdir()) == [staged.path]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["flip", "truncate", "remove"])
def test_a_damaged_file_is_named(tmp_path: Path, harm: str):
    artifact = make(tmp_path)
    file = artifact.path / WEIGHTS
    data = bytearray(file.read_bytes())
    if harm == "remove":
        file.unlink()
    else:
        data[-1] ^= 1
        file.write_bytes(data if harm == "flip" else data[:-4])
    with pytest.raises(DamagedArtifact, match=f"{WEIGHTS} of version folder {artifact.folder}"):
        artifact.arrays(WEIGHTS)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_unreadable_metadata_is_a_damaged_artifact(tmp_path: Path, content: str | None):
    artifact = make(tmp_path)
    if content is None:
        (artifact.path / METADATA).unlink()
    else:
        (artifact.path / METADATA).write_text(content)
    with pytest.raises(DamagedArtifact, match=artifact.folder):
        open_artifact(tmp_path, artifact.folder)
