"""Which program made a version, its release and commit, and on which processor."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DISTRIBUTION = "mimic"
CPU = "CPU"


def describe_program(tree: Path | None = None) -> dict[str, str | None]:
    """Return `program`, the release, and `commit`; None for what is not known.

    Args:
        tree: A folder that may be a Git checkout; by default the one this program runs from.
    """
    return {"program": find_release(), "commit": find_commit(tree or Path(__file__).parents[1])}


def find_release() -> str | None:
    """Return the release of the installed program; None where it is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return None


def describe_device() -> str:
    """Return what training runs on here: a GPU's name, or `CPU`."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return CPU
    details = tf.config.experimental.get_device_details(gpus[0])
    return str(details.get("device_name") or "GPU")


def find_commit(tree: Path) -> str | None:
    """Return the commit that is checked out in a folder, or None where there is none.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    try:
        git = _find_git_folder(tree / ".git")
        head = (git / "HEAD").read_text("ascii").strip()
        if not head.startswith("ref: "):
            return head
        return _read_reference(git, head.removeprefix("ref: "))
    except (OSError, ValueError):
        return None


def _find_git_folder(path: Path) -> Path:
    """Follow the file that stands for the folder in a linked working tree."""
    if path.is_dir():
        return path
    return path.parent / path.read_text("utf-8").strip().removeprefix("gitdir: ")


def _read_reference(git: Path, name: str) -> str | None:
    shared = git / "commondir"  # only in a linked working tree
    common = git / shared.read_text("utf-8").strip() if shared.exists() else git
    if (common / name).exists():
        return (common / name).read_text("ascii").strip()
    for line in (common / "packed-refs").read_text("utf-8").splitlines():
        if line.endswith(f" {name}"):
            return line.split()[0]
    return None
