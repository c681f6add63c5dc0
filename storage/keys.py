"""The master key and all that is derived from it: pseudonyms, sealed bytes and keyed hashes.

One 32-byte master; HKDF-SHA256 labels give one key per purpose, so none says anything of another.

Source: AES-SIV RFC 5297, AES-GCM NIST SP 800-38D, HKDF RFC 5869.
"""

import base64
import contextlib
import os
import stat
from glob import escape
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from storage.errors import InvalidKey, KeyExists, WrongKey

KEY_BYTES = 32
MAC_BYTES = 16
NONCE_BYTES = 12


class Keyring:
    """The keys of one database.

    Args:
        master: 32 random bytes.

    Raises:
        InvalidKey: `master` has another length.
    """

    key_id: str
    """Names the key without saying anything of it; stands in every sealed row."""

    guard_key: bytes
    """Of `keyed_hashes`: once the master is another, it travels sealed beside what it hashed."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise InvalidKey(f"The key must have {KEY_BYTES} bytes, but it has {len(master)}.")
        self.key_id = _derive(master, "key id", 4).hex()
        self._pseudonyms = AESSIV(_derive(master, "pseudonyms", 64))
        self._sealing = AESGCM(_derive(master, "sealing", 32))
        self._mac = HMAC(_derive(master, "mac", 32), SHA256())
        self.guard_key = _derive(master, "copy guard", 32)
        self._guard = BlockCipher(self.guard_key)

    def pseudonym(self, value: str, *, kind: str) -> bytes:
        """Encrypt an id or a name so that equal values stay equal.

        Args:
            value: A Slack id, handle or channel name; not empty.
            kind: What it is (`user`, `handle`, `channel`, `channel-name`, `team`): the same
                value of another kind gives another pseudonym.
        """
        return self._pseudonyms.encrypt(_encode(value), [kind.encode()])

    def reveal(self, pseudonym: bytes, *, kind: str) -> str:
        """Undo `pseudonym`.

        Raises:
            WrongKey: It was made with another key or for another kind.
        """
        try:
            plain = self._pseudonyms.decrypt(pseudonym, [kind.encode()])
        except InvalidTag as error:
            raise WrongKey("The key does not fit this pseudonym.") from error
        return plain.decode("utf-8", "surrogatepass")

    def seal(self, plain: bytes, *, identity: str) -> bytes:
        """Encrypt bytes for one place; elsewhere they will not open.

        Args:
            plain: What to hide; its length shows.
            identity: Names the row or file, e.g. `tokenizer:4f2a`.
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, plain, identity.encode())

    def unseal(self, sealed: bytes, *, identity: str) -> bytes:
        """Undo `seal`.

        Raises:
            WrongKey: Another key sealed it, it belongs elsewhere, or it was changed.
        """
        try:
            return self._sealing.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], identity.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise WrongKey("What is sealed here does not open with this key.") from error

    def mac(self, text: str) -> bytes:
        """Hash a text with the key: tells whether two are equal and nothing else."""
        return self.mac_of_bytes(_encode(text))

    def mac_of_bytes(self, content: bytes) -> bytes:
        """Hash bytes with the key, as `mac` does texts."""
        mac = self._mac.copy()  # the key's own part is hashed once and for all
        mac.update(content)
        return mac.finalize()[:MAC_BYTES]

    def keyed_hashes(self, blocks: bytes) -> bytes:
        """Encrypt blocks of 16 bytes each on its own: a keyed permutation, for the copy guard."""
        return self._guard.encrypt(blocks)


class BlockCipher:
    """A keyed permutation of blocks of 16 bytes, which hashes what is random enough already.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.AES(key)

    def encrypt(self, blocks: bytes) -> bytes:
        """Encrypt every block on its own."""
        # one block, one hash: equal blocks must give equal hashes, so no chaining is wanted
        encryptor = Cipher(self._algorithm, modes.ECB()).encryptor()  # noqa: S305
        return encryptor.update(blocks) + encryptor.finalize()


def _encode(text: str) -> bytes:
    # JSON and file names may hold half a character
    return text.encode("utf-8", "surrogatepass")


def _derive(master: bytes, label: str, length: int) -> bytes:
    # the master is uniformly random already, so HKDF's extract step has nothing to add
    return HKDFExpand(algorithm=SHA256(), length=length, info=f"mimic {label}".encode()).derive(
        master
    )


def parse_key(text: str, *, subject: str = "The key") -> Keyring:
    """Read a master key from base64.

    Args:
        text: White space around it does not matter.
        subject: What an error calls it.

    Raises:
        InvalidKey: It is no base64, or not 32 bytes.
    """
    return Keyring(_decode(text, subject))


def read_key(file: Path) -> Keyring:
    """Read a master key from a file that only its owner may read.

    Raises:
        InvalidKey: The file is missing, unreadable, open to others, or holds no key.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text("ascii")
    except FileNotFoundError as error:
        raise InvalidKey(f"There is no key at {file}: put your saved key there.") from error
    except (OSError, UnicodeError) as error:
        raise InvalidKey(f"The key at {file} cannot be read: check what it is.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise InvalidKey(f"Others can read the key at {file}: run `chmod 600 {file}`.")
    return Keyring(_decode(text, f"The key at {file}"))


def _decode(text: str, subject: str) -> bytes:
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise InvalidKey(f"{subject} is not base64: copy it again, whole.") from error
    if len(master) != KEY_BYTES:
        raise InvalidKey(
            f"{subject} must have {KEY_BYTES} bytes, but it has {len(master)}: copy it again."
        )
    return master


def create_key(file: Path) -> Keyring:
    """Make a new master key and write it, readable by its owner alone.

    It is there as a whole or not at all: others may look for it at the same time.

    Raises:
        KeyExists: There is one already.
        InvalidKey: It cannot be written.
    """
    master = os.urandom(KEY_BYTES)
    try:
        _place(file, base64.b64encode(master) + b"\n")
        _sync(file.parent)
    except FileExistsError as error:
        raise KeyExists(f"There is a key at {file} already; it is never overwritten.") from error
    except OSError as error:
        raise InvalidKey(
            f"The key cannot be written to {file} ({error.strerror}): make room, and let Mimic "
            "write in its folder."
        ) from error
    return Keyring(master)


def _place(file: Path, content: bytes) -> None:
    """Write a file beside its place and give it its name, which nothing else may have."""
    beside = file.with_name(f"{file.name}.{os.urandom(4).hex()}")
    try:
        _write(beside, content)
        try:
            os.link(beside, file)
        except FileExistsError:
            raise
        except OSError:  # a disk without hard links
            _write(file, content)
    finally:
        _remove(beside)


def _write(file: Path, content: bytes) -> None:
    """Write a new file, or nothing: half of a key would be taken for one."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())  # it must outlast a crash that what it seals outlasts
    except OSError:
        _remove(file)
        raise


def next_key_file(file: Path) -> Path:
    """Name the place of a key that is to replace the one in `file`: beside it, links resolved."""
    place = file.resolve()
    return place.with_name(f"{place.name}.next")


def create_next_key(file: Path) -> Keyring:
    """Make the key that is to replace the one in `file`; what lies there unused is dropped.

    Raises:
        InvalidKey: It cannot be written.
    """
    beside = next_key_file(file)
    for left in (beside, *beside.parent.glob(f"{escape(beside.name)}.????????")):
        _remove(left)  # by a process that was killed; in force it would have the key's name
    return create_key(beside)


def adopt_next_key(file: Path) -> None:
    """Let the next key take the place of the one in `file`, which is gone then.

    Raises:
        InvalidKey: The folder may not be written to.
    """
    beside = next_key_file(file)
    try:
        beside.replace(file.resolve())
        _sync(beside.parent)
    except OSError as error:
        raise InvalidKey(
            f"The key {beside} cannot take the place of {file} ({error.strerror}): let Mimic write "
            "in its folder, or rename it by hand."
        ) from error


def _sync(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
