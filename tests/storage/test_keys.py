import base64
import resource
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import InvalidKey, WrongKey
from storage.keys import Keyring, create_key, parse_key, read_key

KEYRING = Keyring(bytes(range(32)))
OTHER = Keyring(bytes(32))

texts = st.text(st.characters(codec=None, exclude_categories=()), min_size=1)


@given(texts)
def test_a_pseudonym_is_the_same_every_time_and_can_be_revealed(value):
    pseudonym = KEYRING.pseudonym(value, kind="user")
    assert pseudonym == KEYRING.pseudonym(value, kind="user")
    assert KEYRING.reveal(pseudonym, kind="user") == value


def test_a_pseudonym_says_nothing_to_another_key_or_as_another_kind():
    pseudonym = KEYRING.pseudonym("U0ADA1111", kind="user")
    assert pseudonym != KEYRING.pseudonym("U0ADA1111", kind="channel")
    with pytest.raises(WrongKey):
        KEYRING.reveal(pseudonym, kind="channel")
    with pytest.raises(WrongKey):
        OTHER.reveal(pseudonym, kind="user")


@given(st.binary(), st.text())
def test_what_is_sealed_opens_where_it_belongs(plain, identity):
    assert KEYRING.unseal(KEYRING.seal(plain, identity=identity), identity=identity) == plain


def test_what_is_sealed_opens_nowhere_else_with_no_other_key_and_not_once_changed():
    sealed = KEYRING.seal(b"lunch?", identity="message:1:2")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for keyring, what, identity in [
        (KEYRING, sealed, "message:1:3"),
        (OTHER, sealed, "message:1:2"),
        (KEYRING, changed, "message:1:2"),
        (KEYRING, b"short", "message:1:2"),
        (KEYRING, b"", "message:1:2"),
    ]:
        with pytest.raises(WrongKey):
            keyring.unseal(what, identity=identity)


def test_equal_texts_are_sealed_differently():
    assert KEYRING.seal(b"ok", identity="a") != KEYRING.seal(b"ok", identity="a")


def test_a_mac_depends_on_text_and_key():
    assert KEYRING.mac("ok") == KEYRING.mac("ok")
    assert len({KEYRING.mac("ok"), KEYRING.mac("OK"), OTHER.mac("ok")}) == 3
    assert len(KEYRING.mac("half a character: \ud83d")) == 16


def test_keyed_hashes_treat_every_block_by_itself():
    one, two = bytes(16), bytes(range(16))
    hashes = KEYRING.keyed_hashes(one + two + one)
    assert len(hashes) == 48
    assert hashes[:16] == hashes[32:] != hashes[16:32]
    assert KEYRING.keyed_hashes(two) == hashes[16:32]
    assert OTHER.keyed_hashes(two) != hashes[16:32]


def test_the_key_id_differs_between_keys_and_is_short():
    assert KEYRING.key_id != OTHER.key_id
    assert len(KEYRING.key_id) == 8


def test_a_created_key_is_read_back_and_is_its_owners_alone(tmp_path):
    file = tmp_path / "key"
    assert create_key(file).key_id == read_key(file).key_id
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    file = tmp_path / "key"
    key_id = create_key(file).key_id
    with pytest.raises(InvalidKey, match="already"):
        create_key(file)
    assert read_key(file).key_id == key_id


def test_a_key_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(InvalidKey, match="cannot be written"):
        create_key(tmp_path / "missing" / "key")


def test_a_key_that_only_half_fits_on_the_disk_is_not_left_behind(tmp_path):
    file = tmp_path / "key"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(InvalidKey, match="cannot be written"):
            create_key(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert not file.exists()


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(InvalidKey, match=f"There is no key at {tmp_path}"):
        read_key(tmp_path / "key")


def test_a_key_that_is_a_folder_or_binary_cannot_be_read(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(b"\xff\xfe")
    for path in (tmp_path, file):
        with pytest.raises(InvalidKey, match="cannot be read"):
            read_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    file = tmp_path / "key"
    create_key(file)
    file.chmod(mode)
    with pytest.raises(InvalidKey, match="chmod 600"):
        read_key(file)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_the_wrong_length_is_refused(tmp_path, length):
    file = tmp_path / "key"
    file.write_bytes(base64.b64encode(bytes(length)))
    file.chmod(0o600)
    with pytest.raises(InvalidKey, match=f"32 bytes, but it has {length}"):
        read_key(file)


@pytest.mark.parametrize("text", ["no base64!", "ab", "ключ"])
def test_a_key_that_is_no_base64_is_refused_without_showing_it(text):
    with pytest.raises(InvalidKey, match="not base64") as caught:
        parse_key(text)
    assert text not in str(caught.value)


def test_white_space_around_a_key_is_forgiven():
    text = base64.b64encode(bytes(32)).decode()
    assert parse_key(f"  {text}\n").key_id == parse_key(text).key_id
