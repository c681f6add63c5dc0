"""The only reader of the environment: settings, and the key and places they name."""

import os
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import InvalidSetting
from storage.keys import Keyring, create_key, parse_key, read_key

_SQLITE = "sqlite:///"
_MAY_BE_SHOWN = {"mimic_consent", "log_level", "log_format"}  # no keys, no passwords in URLs


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

    def keyring(self) -> Keyring:
        """The master key; made on first use, where there is no database that needs another.

        Raises:
            InvalidSetting: The key is missing, or its folder cannot be written.
            StorageError: The key cannot be read or is none.
        """
        if self.mimic_key:
            return parse_key(self.mimic_key.get_secret_value(), subject="MIMIC_KEY")
        if self.key_file.exists() or not self._may_create_key():
            return read_key(self.key_file)
        return create_key(self.key_file)

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
        if self.database_file.exists():
            raise InvalidSetting(
                f"The key {self.key_file} is missing, and without it {self.database_file} cannot "
                "be read: put your saved key there, or set MIMIC_KEY or MIMIC_KEY_FILE."
            )
        return True


def hush_tensorflow() -> None:
    """Keep TensorFlow's notes about processors off stderr; its failures are Python's anyway."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    if not first["loc"]:
        return first["msg"].removeprefix("Value error, ")
    name = str(first["loc"][0])
    rule = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    verb = "must" if first["type"] == "value_error" else "must be"
    received = f" Received: {first['input']}" if name in _MAY_BE_SHOWN else ""
    return f"{name.upper()} {verb} {rule}.{received}"
