"""The only reader of the environment: settings, and the key and places they name."""

import logging
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import InvalidSetting
from storage.errors import KeyExists
from storage.keys import Keyring, create_key, parse_key, read_key

_SQLITE = "sqlite:///"
_MAY_BE_SHOWN = {  # no keys, no passwords in URLs
    "mimic_consent",
    "mimic_include",
    "mimic_cooldown_seconds",
    "mimic_retention_days",
    "gpu_price_per_hour",
    "log_level",
    "log_format",
}
INCLUDABLE = ("private", "dms", "connect", "guests")
FROM_SLACK = ("private", "connect", "guests")  # the app asks for no scope to read direct messages

_USER_ID = re.compile(r"[UW][A-Z0-9]{6,}")
_OAUTH_VARIABLES = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")

_log = logging.getLogger(__name__)

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything that can be set from outside; `.env.example` explains each name."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    mimic_home: Path = Field(default_factory=lambda: user_data_path("mimic"))
    database_url: str = ""
    models_url: str = ""
    mimic_key: SecretStr | None = None
    mimic_key_file: Path | None = None
    mimic_consent: Literal["opt-in", "opt-out"] = "opt-in"
    mimic_include: CommaSeparated = ()
    mimic_admins: CommaSeparated = ()
    mimic_cooldown_seconds: float = Field(default=3.0, ge=0)
    mimic_retention_days: int | None = Field(default=None, ge=1)
    mimic_word_list: str = "on"
    mimic_name_model: str = ""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    retrain_cron: str = "0 3 * * *"
    gpu_price_per_hour: float | None = Field(default=None, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("mimic_home", "mimic_key_file")
    @classmethod
    def _make_absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _ignore_case(cls, level: str) -> str:
        return level.upper()

    @field_validator("mimic_include", "mimic_admins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(word.strip() for word in value.split(",") if word.strip())

    @field_validator("mimic_include")
    @classmethod
    def _require_includable(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if set(words) - set(FROM_SLACK):
            raise ValueError(f"name any of {','.join(FROM_SLACK)}")
        return words

    @field_validator("mimic_admins")
    @classmethod
    def _require_user_ids(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_USER_ID.fullmatch(word) for word in words):
            raise ValueError("list Slack's ids of members with commas between, as in U012AB3CD")
        return words

    @field_validator("slack_api_url")
    @classmethod
    def _require_address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("begin with https://")
        return url.rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _require_sqlite(cls, url: str) -> str:
        if url and not url.startswith(_SQLITE):
            raise ValueError(f"begin with {_SQLITE} (this version knows no other database)")
        if url and not url.partition("?")[0].removeprefix(_SQLITE).strip("/"):
            raise ValueError("name a file, as in sqlite:////srv/mimic/mimic.db")
        return url

    @field_validator("models_url")
    @classmethod
    def _require_folder(cls, url: str) -> str:
        if "://" in url:
            raise ValueError("name a local folder (this version knows no other place)")
        return url

    @model_validator(mode="after")
    def _require_one_key(self) -> Self:
        if self.mimic_key and self.mimic_key_file:
            raise ValueError("Set either MIMIC_KEY or MIMIC_KEY_FILE, not both.")
        return self

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`.

        Raises:
            InvalidSetting: One sentence that names the first bad variable.
        """
        try:
            return cls()
        except ValidationError as error:
            raise InvalidSetting(_describe(error)) from None  # its text holds the values
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSetting("The file .env cannot be read as UTF-8 text.") from error

    @classmethod
    def alone(cls, home: Path) -> Self:
        """Settings of a place of its own: nothing is taken from outside but how to log."""
        return cls.load().model_copy(
            update={
                "mimic_home": home.absolute(),
                "database_url": "",
                "models_url": "",
                "mimic_key": None,
                "mimic_key_file": None,
                "mimic_consent": "opt-in",
                "mimic_retention_days": None,
            }
        )

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"{_SQLITE}{self.mimic_home / 'mimic.db'}"

    @property
    def database_file(self) -> Path:
        """Where the database is, or will be."""
        return Path(self.database.removeprefix(_SQLITE).partition("?")[0]).absolute()

    @property
    def models_folder(self) -> Path:
        """Where voices are kept."""
        return Path(self.models_url or self.mimic_home / "voices").expanduser().absolute()

    @property
    def key_file(self) -> Path:
        """Where the key is, unless `MIMIC_KEY` holds it."""
        return self.mimic_key_file or self.mimic_home / "key"

    def environment(self) -> dict[str, str]:
        """What a child process needs to work with the same settings; Slack's tokens are not."""
        own = {name.upper(): _write(value) for name, value in self}
        both = {**os.environ, **own}
        return {name: value for name, value in both.items() if not name.startswith("SLACK_")}

    def keyring(self) -> Keyring:
        """The master key; made on first use, where there is no database that needs another.

        Raises:
            InvalidSetting: The key is missing, or its folder cannot be written.
            StorageError: The key cannot be read or is none.
        """
        if self.mimic_key:
            return parse_key(self.mimic_key.get_secret_value(), subject="MIMIC_KEY")
        if not self.key_file.exists() and self._may_create_key():
            with suppress(KeyExists):  # another process was first
                return create_key(self.key_file)
        return read_key(self.key_file)

    def make_home(self) -> None:
        """Create the home folder, for its owner alone.

        Raises:
            InvalidSetting: It cannot be made.
        """
        try:
            self.mimic_home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidSetting(
                f"The folder {self.mimic_home} cannot be made ({error.strerror}): "
                "let MIMIC_HOME name one that can."
            ) from error

    def _may_create_key(self) -> bool:
        if self.mimic_key_file:
            return False
        # a key is made before its database: what was not there before that may be there now
        if self.database_file.exists() and not self.key_file.exists():
            raise InvalidSetting(
                f"The key {self.key_file} is missing, and without it {self.database_file} cannot "
                "be read: put your saved key there, or set MIMIC_KEY or MIMIC_KEY_FILE."
            )
        return True


def drop_oauth_variables() -> None:
    """Take what Bolt reads behind our back out of this process: it would ignore the bot's token.

    Source: https://github.com/slackapi/bolt-python/issues/256
    """
    dropped = [name for name in _OAUTH_VARIABLES if os.environ.pop(name, None) is not None]
    if dropped:
        _log.warning("%s: ignored, one installed app needs no OAuth.", " and ".join(dropped))


def hush_tensorflow() -> None:
    """Keep TensorFlow's notes about processors off stderr; its failures are Python's anyway."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _write(value: object) -> str:
    """Write a setting as the environment has it; what is not set is empty."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    if not first["loc"]:
        return first["msg"].removeprefix("Value error, ")
    name = str(first["loc"][0])
    rule = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    verb = "must" if first["type"] == "value_error" else "must be"
    received = f" Received: {first['input']}" if name in _MAY_BE_SHOWN else ""
    return f"{name.upper()} {verb} {rule}.{received}"
