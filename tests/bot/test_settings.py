"""Settings: what the environment and `.env` say, and the key and places they name."""

import base64
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import InvalidSetting
from bot.session import open_session
from bot.settings import Settings
from storage.errors import InvalidKey

KEY = base64.b64encode(bytes(range(32))).decode()


def test_everything_lives_under_the_home(home):
    settings = Settings.load()
    assert settings.database == f"sqlite:///{home}/mimic.db"
    assert settings.database_file == home / "mimic.db"
    assert settings.models_folder == home / "voices"
    assert settings.key_file == home / "key"


def test_the_home_is_for_its_owner_alone(home):
    Settings.load().make_home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_tilde_means_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MIMIC_HOME", "~/mimic")
    assert Settings.load().mimic_home == tmp_path / "mimic"


def test_a_dotenv_in_the_working_folder_counts_and_the_environment_beats_it(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("MIMIC_CONSENT=opt-out\nLOG_FORMAT=json\nSLACK_BOT_TOKEN=x\n")
    monkeypatch.setenv("LOG_FORMAT", "console")
    settings = Settings.load()
    assert (settings.mimic_consent, settings.log_format) == ("opt-out", "console")


def test_a_dotenv_that_is_no_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSetting, match=r"\.env"):
        Settings.load()


def test_an_empty_variable_is_one_not_set(monkeypatch):
    monkeypatch.setenv("MIMIC_CONSENT", "")
    assert Settings.load().mimic_consent == "opt-in"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("MIMIC_CONSENT", "maybe", "be 'opt-in' or 'opt-out'. Received: maybe"),
        ("LOG_LEVEL", "loud", "be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'. Received: LOUD"),
        ("LOG_FORMAT", "xml", "be 'console' or 'json'. Received: xml"),
        ("DATABASE_URL", "mysql://mimic:secret@db/mimic", "begin with sqlite:///"),
        ("DATABASE_URL", "sqlite:///", "name a file"),
        ("DATABASE_URL", "secret", "begin with sqlite:///"),
        ("MODELS_URL", "s3://secret@bucket/voices", "name a local folder"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_variable(monkeypatch, name, value, complaint):
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as caught:
        Settings.load()
    assert str(caught.value).startswith(f"{name} must {complaint}")
    assert "secret" not in str(caught.value)


def test_two_keys_are_one_too_many(monkeypatch):
    monkeypatch.setenv("MIMIC_KEY", KEY)
    monkeypatch.setenv("MIMIC_KEY_FILE", "key")
    with pytest.raises(InvalidSetting, match="either MIMIC_KEY or MIMIC_KEY_FILE"):
        Settings.load()


def test_the_first_use_makes_a_key_that_stays(home):
    settings = Settings.load()
    settings.make_home()
    made = settings.keyring()
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600
    assert Settings.load().keyring().key_id == made.key_id


def test_no_key_is_made_beside_a_database_that_needs_another(home):
    home.mkdir()
    (home / "mimic.db").write_bytes(b"")
    with pytest.raises(InvalidSetting, match="put your saved key there"):
        Settings.load().keyring()
    assert not (home / "key").exists()


def test_many_who_come_first_at_once_get_one_key():
    def use(start):
        start.wait()
        settings = Settings.load()
        settings.make_home()
        key_id = settings.keyring().key_id
        settings.database_file.touch()
        return key_id

    start = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(use, start) for _ in range(8)]
        assert len({job.result() for job in jobs}) == 1


def test_a_key_file_that_was_named_is_never_made(monkeypatch, tmp_path):
    monkeypatch.setenv("MIMIC_KEY_FILE", str(tmp_path / "elsewhere"))
    with pytest.raises(InvalidKey, match="There is no key"):
        Settings.load().keyring()


def test_the_key_may_stand_in_the_environment_and_is_never_shown(monkeypatch, home):
    monkeypatch.setenv("MIMIC_KEY", KEY)
    settings = Settings.load()
    assert settings.keyring().key_id
    assert KEY not in repr(settings)
    assert not home.exists()


def test_a_key_of_the_wrong_length_is_said_without_showing_it(monkeypatch):
    monkeypatch.setenv("MIMIC_KEY", "c2hvcnQ=")
    with pytest.raises(InvalidKey) as caught:
        Settings.load().keyring()
    assert "c2hvcnQ" not in str(caught.value)


def test_a_place_of_its_own_takes_nothing_from_outside(monkeypatch, tmp_path):
    monkeypatch.setenv("MIMIC_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", "sqlite:////srv/real.db")
    monkeypatch.setenv("MODELS_URL", "/srv/voices")
    monkeypatch.setenv("MIMIC_CONSENT", "opt-out")
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "30")
    settings = Settings.alone(tmp_path / "demo")
    assert settings.database_file == tmp_path / "demo" / "mimic.db"
    assert settings.models_folder == tmp_path / "demo" / "voices"
    assert settings.mimic_key is None
    assert settings.mimic_consent == "opt-in"
    assert settings.mimic_retention_days is None


def test_a_home_that_cannot_be_made_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MIMIC_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(InvalidSetting, match="MIMIC_HOME"):
        Settings.load().make_home()


def test_what_else_may_come_from_slack_is_named_and_direct_messages_may_not(monkeypatch):
    monkeypatch.setenv("MIMIC_INCLUDE", "private, guests")
    assert Settings.load().mimic_include == ("private", "guests")
    monkeypatch.setenv("MIMIC_INCLUDE", "dms")
    with pytest.raises(InvalidSetting, match="MIMIC_INCLUDE must name any of private,connect"):
        Settings.load()


def test_admins_are_named_by_their_ids(monkeypatch):
    monkeypatch.setenv("MIMIC_ADMINS", "U012AB3CD,W012AB3CD")
    assert Settings.load().mimic_admins == ("U012AB3CD", "W012AB3CD")
    monkeypatch.setenv("MIMIC_ADMINS", "@ada")
    with pytest.raises(InvalidSetting) as caught:
        Settings.load()
    assert "@ada" not in str(caught.value)


@pytest.mark.parametrize(("days", "kept"), [("", None), ("1", 1), ("3650", 3650)])
def test_messages_are_kept_for_ever_or_for_some_days(monkeypatch, days, kept):
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", days)
    assert Settings.load().mimic_retention_days == kept


@pytest.mark.parametrize("days", ["0", "-3", "a week", "1.5"])
def test_days_are_whole_and_at_least_one(monkeypatch, days):
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", days)
    with pytest.raises(InvalidSetting, match=f"MIMIC_RETENTION_DAYS must be .* Received: {days}"):
        Settings.load()


def test_an_opened_store_keeps_messages_as_long_as_the_settings_say(monkeypatch):
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "30")
    with open_session(Settings.load()) as session:
        assert session.store.retention.days == 30
