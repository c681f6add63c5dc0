"""The database is opened with the key that fits it, also where a change of keys was cut short."""

import logging
from contextlib import suppress
from pathlib import Path

from bot.errors import InvalidSetting
from bot.settings import Settings
from storage.errors import InvalidKey, StorageError, WrongKey
from storage.keys import Keyring, next_key_file, read_key
from storage.leases import TRAINER
from storage.store import Store

_log = logging.getLogger(__name__)


def open_store(settings: Settings) -> Store:
    """Open the database; the first use of a home makes its key, too.

    Where the key was changed and is not in its place yet, it is put there, and what a change that
    was cut short has left is cleared away.

    Raises:
        InvalidSetting: The key is missing, or the one in force is to be put into `MIMIC_KEY`.
        StorageError: The database cannot be opened, or with none of the keys at hand.
    """
    keyring = settings.keyring()
    try:
        store = _open(settings, keyring)
    except WrongKey as error:
        store = _open_with_next(settings, error)
    try:
        if settings.mimic_key:
            _warn_of_rest(settings, store.keyring)
        else:
            store.rotation.adopt(settings.key_file)
        if store.rotation.is_unfinished():
            _finish(store, settings.models_folder)
    except BaseException:
        store.close()
        raise
    return store


def _open(settings: Settings, keyring: Keyring) -> Store:
    return Store.open(
        settings.database,
        keyring,
        consent_default=settings.mimic_consent,
        retention_days=settings.mimic_retention_days,
        name_model=settings.mimic_name_model,
    )


def _open_with_next(settings: Settings, refusal: WrongKey) -> Store:
    """Open the database with the next key, if that fits it."""
    beside = next_key_file(settings.key_file)
    if not settings.mimic_key:
        # once more the present one: another process may just have put the next in its place
        for file in (beside, settings.key_file):
            with suppress(InvalidKey, WrongKey):
                return _open(settings, read_key(file))
        raise refusal
    try:
        _open(settings, read_key(beside)).close()
    except (InvalidKey, WrongKey):
        raise refusal from None
    raise InvalidSetting(tell_waiting(beside))


def _finish(store: Store, voices: Path) -> None:
    """Clear away what is under the former key, unless somebody is at it."""
    from training.duty import hold_lease
    from training.errors import TrainerBusy
    from training.rekeying import remove_former

    try:
        with hold_lease(store, TRAINER, on_lost=lambda: None, patience_seconds=0):
            remove_former(store, voices)
            store.rotation.finish()
    except (TrainerBusy, StorageError):  # the next one to open it does it
        return
    _log.info("A change of the key that was cut short is finished.")


def _warn_of_rest(settings: Settings, keyring: Keyring) -> None:
    """Say that a key that is in the environment by now still lies on the disk, too."""
    beside = next_key_file(settings.key_file)
    with suppress(InvalidKey):
        if read_key(beside).key_id == keyring.key_id:
            _log.warning("%s holds the key that MIMIC_KEY has: delete that file.", beside)


def tell_waiting(file: Path) -> str:
    """Say what to do with a key that is in force and not yet in the environment."""
    return f"The key was changed: put the content of {file} into MIMIC_KEY, then delete that file."
