"""Is everything in order? One finding a subject, each with what to do about it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bot.errors import BotError
from bot.session import Session, open_session
from bot.settings import Settings
from storage.errors import StorageError
from training.errors import DamagedArtifact

_ENOUGH_BYTES = 1_000_000_000
_LONGEST_TRIAL = 300  # seconds
_TRAINING = ("tensorflow", "keras", "onnx", "matplotlib", "sklearn")


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is in order, and a sentence about it."""

    subject: str
    is_ok: bool
    detail: str


class _Problem(Exception):
    """Something is not in order; the message says what to do."""


def diagnose(settings: Settings, *, is_training: bool = False) -> Iterator[Finding]:
    """Look at key, database, messages, voices, disk, TensorFlow and Slack's tokens; change nothing.

    `is_training` also loads TensorFlow, in a process of its own.
    """
    checks: dict[str, Callable[[Settings], str]] = {
        "key": _check_key,
        "database": _check_database,
        "voices": _check_voices,
        "messages": _check_messages,
        "deleted text": _check_carriers,
        "disk": _check_disk,
        "training": _check_training,
        "Slack": _check_slack,
    }
    if is_training:
        checks["TensorFlow"] = _check_tensorflow
    for subject, check in checks.items():
        try:
            yield Finding(subject, is_ok=True, detail=check(settings))
        except (_Problem, BotError, StorageError, OSError) as error:
            yield Finding(subject, is_ok=False, detail=str(error))


def _check_key(settings: Settings) -> str:
    is_new = not settings.key_file.exists() and not settings.database_file.exists()
    if is_new and not settings.mimic_key and not settings.mimic_key_file:
        return "There is none yet; the first import makes it."
    settings.keyring()
    place = "MIMIC_KEY" if settings.mimic_key else str(settings.key_file)
    return f"{place} is sound; keep a copy of it elsewhere."


def _check_database(settings: Settings) -> str:
    if not settings.database_file.exists():
        return "There is none yet; the first import makes it."
    with open_session(settings) as session:
        session.store.check()
        messages = session.store.messages.count(public_only=False)
    return f"{settings.database_file} is whole and has {messages:,} messages; the key opens it."


def _check_voices(settings: Settings) -> str:
    folder = settings.models_folder
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK):
        raise _Problem(f"{nearest} cannot be written: change its owner, or set MODELS_URL.")
    if not settings.database_file.exists():
        return f"There are none yet; they will be in {folder}."
    with open_session(settings) as session:
        labels = list(_find_damaged(session))
    if labels:
        raise _Problem(f"Damaged: {', '.join(labels)}. Train them again or restore a backup.")
    return f"All that speak are sound, in {folder}."


def _find_damaged(session: Session) -> Iterator[str]:
    for row in session.store.voices.list():
        version = session.store.voices.promoted(row.id)
        if version is None:
            continue
        try:
            session.registry.artifact(version).verify_all()
        except DamagedArtifact:
            yield f"version {version.number} of {session.registry.label(row)}"


def _check_messages(settings: Settings) -> str:
    """Say what the nightly upkeep still has to do."""
    days = settings.mimic_retention_days
    kept = "for ever" if days is None else f"for {days:,} days" if days > 1 else "for a day"
    if not settings.database_file.exists():
        return f"They will be kept {kept}."
    with open_session(settings) as session:
        expired = session.store.retention.waiting()
        unscrubbed = session.store.rescrubbing.waiting()
    told = f"They are kept {kept}"
    if expired:
        told += f"; {expired:,} are older and go with the next upkeep"
    if unscrubbed:
        told += f"; {unscrubbed:,} wait to be scrubbed again of names or by rules that are new"
    return f"{told}."


def _check_carriers(settings: Settings) -> str:
    if not settings.database_file.exists():
        return "There is no voice yet that could know any."
    with open_session(settings) as session:
        from bot.carrying import describe_carriers, find_carriers

        carriers = list(find_carriers(session))
        late = [each for each in carriers if each.is_late]
    if late:
        raise _Problem(f"Known for over a week after it was gone: {describe_carriers(late)}.")
    if carriers:
        return f"Still known to {describe_carriers(carriers)}."
    return "No voice that speaks knows any."


def _check_disk(settings: Settings) -> str:
    home = settings.mimic_home
    nearest = next(place for place in (home, *home.parents) if place.exists())
    free = shutil.disk_usage(nearest).free
    if free < _ENOUGH_BYTES:
        raise _Problem(f"Only {free / 1e9:.1f} GB are free beside {nearest}: make room.")
    return f"{free / 1e9:.1f} GB are free."


def _check_training(_settings: Settings) -> str:
    missing = [name for name in _TRAINING if find_spec(name) is None]
    if missing:
        raise _Problem(
            f"{', '.join(missing)} cannot be found, so nothing can be trained here: "
            "run `pip install 'mimic[train]'`."
        )
    return "What training needs is installed."


def _check_slack(settings: Settings) -> str:
    token = settings.slack_bot_token
    if token is None:
        return "No workspace is connected; `mimic init` does it."
    from bot.connecting import (
        LARGEST_SKEW_SECONDS,
        check_app_token,
        check_bot_token,
        describe_skew,
    )
    from bot.manifest import list_scopes

    api_url = settings.slack_api_url
    scopes = list_scopes(is_private="private" in settings.mimic_include)
    identity = check_bot_token(token.get_secret_value(), api_url=api_url, scopes=scopes)
    if settings.slack_app_token:
        app_token = settings.slack_app_token.get_secret_value()
        check_app_token(app_token, api_url=api_url, app_id=identity.app_id)
    if abs(identity.skew_seconds) > LARGEST_SKEW_SECONDS:
        raise _Problem(f"{describe_skew(identity.skew_seconds)}: set it by NTP.")
    return "The tokens work and have every scope; the clock agrees with Slack's."


def _check_tensorflow(_settings: Settings) -> str:
    program = (
        "import json; from dataclasses import asdict; from training.speed import measure_speed; "
        "print(json.dumps(asdict(measure_speed())))"
    )
    command = [sys.executable, "-c", program]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=Path(__file__).parents[1],  # where this program lies, and nobody's own modules
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_TRIAL,
        )
    except subprocess.TimeoutExpired as error:
        raise _Problem(
            f"TensorFlow has not trained a few steps in {_LONGEST_TRIAL} seconds: look at the "
            "GPU's driver, or at what else this machine computes."
        ) from error
    if done.returncode:
        raise _Problem(
            "TensorFlow does not start: free memory, the GPU's too, or install it again with "
            "`mimic[train]`."
        )
    speed = json.loads(done.stdout.splitlines()[-1])
    return (
        f"TensorFlow {speed['tensorflow']} trains on the {speed['devices']} by the kernel "
        f'"{speed["kernel"]}": {speed["tokens_per_second"]:,.0f} tokens/s at full size.'
    )
