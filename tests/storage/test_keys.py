import base64
import errno
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import InvalidKey, KeyExists, WrongKey
from storage.keys import (
    BlockCipher,
    Keyring,
    adopt_next_key,
    create_key,
    create_next_key,
    next_key_file,
    parse_key,
    read_key,
)

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


def test_the_guard_key_alone_makes_the_same_hashes():
    assert BlockCipher(KEYRING.guard_key).encrypt(bytes(48)) == KEYRING.keyed_hashes(bytes(48))
    assert KEYRING.guard_key != OTHER.guard_key


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


def test_of_many_who_make_a_key_at_once_one_does_and_nobody_ever_reads_half_of_it(tmp_path):
    def make(file, start):
        start.wait()
        try:
            return create_key(file).key_id
        except KeyExists:
            return read_key(file).key_id

    def look(file, start):
        start.wait()
        while not file.exists():
            pass
        return read_key(file).key_id

    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            file, start = tmp_path / str(number) / "key", threading.Barrier(8)
            file.parent.mkdir()
            jobs = [pool.submit(do, file, start) for do in (make, look) * 4]
            assert len({job.result() for job in jobs}) == 1
            assert list(file.parent.iterdir()) == [file]


def test_a_disk_without_hard_links_gets_a_key_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    file = tmp_path / "key"
    key_id = create_key(file).key_id
    assert read_key(file).key_id == key_id
    with pytest.raises(KeyExists):
        create_key(file)
    assert list(tmp_path.iterdir()) == [file]


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
    assert not list(tmp_path.iterdir())


def test_the_next_key_lies_beside_the_present_one_until_it_takes_its_place(tmp_path):
    file = tmp_path / "key"
    create_key(file)
    new = create_next_key(file)
    assert new.key_id == read_key(tmp_path / "key.next").key_id != read_key(file).key_id
    adopt_next_key(file)
    assert read_key(file).key_id == new.key_id
    assert list(tmp_path.iterdir()) == [file]


def test_half_made_next_keys_of_killed_processes_are_dropped(tmp_path):
    file, others = tmp_path / "key", tmp_path / "key.next.note"
    create_key(file)
    for path in (others, tmp_path / "key.next", tmp_path / "key.next.49091d43"):
        path.write_bytes(b"another")
    create_next_key(file)
    assert sorted(tmp_path.iterdir()) == [file, tmp_path / "key.next", others]


def test_a_next_key_that_cannot_take_its_place_is_one_sentence(tmp_path):
    with pytest.raises(InvalidKey, match=r"key\.next cannot take the place of .*key"):
        adopt_next_key(tmp_path / "key")


def test_the_next_key_lies_where_a_link_leads(tmp_path):
    (tmp_path / "safe").mkdir()
    (tmp_path / "key").symlink_to(tmp_path / "safe" / "master")
    assert next_key_file(tmp_path / "key") == tmp_path / "safe" / "master.next"


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
