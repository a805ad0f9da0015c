"""Reads raw text from the environment, `.env`, `NAME_FILE` and a folder of secrets."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from authwell.config.aliases import INPUTS, names_of
from authwell.config.model import Settings

Values = dict[str, Any]
"""Values by field name; what was not given is absent."""
Problems = dict[str, str]
"""What is wrong, by the name of the variable."""


def gather(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, str], Problems]:
    """Merge the sources into one mapping of names to text; the environment wins.

    Empty text counts as absent, because compose files hand on empty variables.
    """
    merged: dict[str, str] = {}
    problems: Problems = {}
    from_file = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    folder = environ.get("SECRETS_DIR") or from_file.get("SECRETS_DIR")
    layers = (
        _secrets(folder, problems),
        {k: v for k, v in from_file.items() if v is not None},
        environ,
    )
    for layer in layers:
        texts = _with_named_files(layer, problems)
        for name in _SYNONYMS.keys() & texts.keys():
            for synonym in _SYNONYMS[name]:
                merged.pop(synonym, None)
        merged |= texts
    return merged, problems


def parse(raw: Mapping[str, str]) -> tuple[Values, Problems]:
    """Give each known name its type; a name with a problem is left out of the values."""
    problems: Problems = {}
    remaining = dict(raw)
    model = _model()
    while True:
        try:
            found = model(**_Source(model, remaining)())
        except ValidationError as error:
            problems |= _drop_invalid(error, remaining)
        else:
            return {name: getattr(found, name) for name in found.model_fields_set}, problems


def _drop_invalid(error: ValidationError, remaining: dict[str, str]) -> Problems:
    problems: Problems = {}
    for detail in error.errors(include_url=False, include_input=False):
        name = next(name for name in _SYNONYMS[str(detail["loc"][0])] if name in remaining)
        problems[name] = str(detail.get("ctx", {}).get("error", detail["msg"]))
        del remaining[name]
    return problems


def _with_named_files(layer: Mapping[str, str], problems: Problems) -> dict[str, str]:
    """Return the layer's texts; a secret's file, named by `NAME_FILE`, fills in for `NAME`."""
    texts = {name: value.strip() for name, value in layer.items() if value.strip()}
    for field in (*_hints(), *INPUTS):
        for name in names_of(field):
            path = texts.get(f"{name}_FILE")
            if path is not None and name not in texts and f"{name}_FILE" not in _SYNONYMS:
                _read_into(texts, name, Path(path), problems)
            # Bytes of the environment that are no UTF-8 arrive as lone surrogates.
            if not texts.get(name, "").isprintable():
                problems[name] = "must be printable text"
                del texts[name]
    return texts


def _read_into(texts: dict[str, str], name: str, path: Path, problems: Problems) -> None:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        problems[f"{name}_FILE"] = "must name a text file that can be read"
    else:
        texts[name] = text


def _secrets(folder: str | None, problems: Problems) -> dict[str, str]:
    """Return the files of a folder of secrets by their names in capitals."""
    if not folder:
        return {}
    try:
        paths = sorted(Path(folder).iterdir())
    except OSError:
        problems["SECRETS_DIR"] = "must name a folder that can be read"
        return {}
    texts: dict[str, str] = {}
    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            texts[path.name.upper()] = path.read_text(encoding="utf-8")
    return texts


class _Source(EnvSettingsSource):
    """pydantic-settings' reader of the environment, over a mapping of our own."""

    def __init__(self, settings_cls: type[BaseSettings], raw: Mapping[str, str]) -> None:
        self._raw = raw
        super().__init__(settings_cls, case_sensitive=True)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._raw


class _Model(BaseSettings):
    """The base of the generated model: it takes what it is given and looks nowhere else."""

    model_config = SettingsConfigDict(extra="ignore", validate_default=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


@cache
def _hints() -> Mapping[str, Any]:
    """Return the types of `Settings` by field, without what no variable gives."""
    hints = get_type_hints(Settings, include_extras=True)
    return {field.name: hints[field.name] for field in fields(Settings) if field.name != "warnings"}


@cache
def _model() -> type[BaseSettings]:
    """Build the reading model from the fields of `Settings`, so that each stands once."""
    definitions: dict[str, Any] = {
        name: (hint, Field(default=None, validation_alias=AliasChoices(*names_of(name))))
        for name, hint in {**_hints(), **INPUTS}.items()
    }
    return create_model("Environment", __base__=_Model, **definitions)


_SYNONYMS = {name: names_of(field) for field in (*_hints(), *INPUTS) for name in names_of(field)}
