"""Where settings are read: the environment, `.env`, files named by variables, a folder."""

from pathlib import Path

import pytest

from authwell.config.settings import SettingsError, load_settings, read_settings
from tests.config.test_settings import PRODUCTION, SECRET


def test_a_file_of_variables_stands_behind_the_environment(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=6000\nWEB_CONCURRENCY=2 # workers\nSMTP_USER='mail.test'\n")

    settings = load_settings({**PRODUCTION, "PORT": "7000"}, env_file)

    assert (settings.port, settings.web_concurrency) == (7000, 2)
    assert settings.smtp_user == "mail.test"


def test_an_alias_in_the_environment_wins_over_the_name_in_a_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PASSWORD_MIN_LENGTH=10\n")

    settings = load_settings({**PRODUCTION, "MIN_PASSWORD_LENGTH": "12"}, env_file)

    assert settings.password_min_length == 12


@pytest.mark.req("O26", "M15")
def test_a_name_with_file_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}77\n")
    given = {name: text for name, text in PRODUCTION.items() if name != "SECRET_KEY"}

    settings = load_settings({**given, "SECRET_KEY_FILE": str(tmp_path / "secret")})

    assert settings.secret_key == f"{SECRET}77"


def test_a_folder_of_secrets_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(f"{SECRET}88\n")
    (tmp_path / "DB_PASSWORD").write_text("pw-of-acme")
    given = {
        name: text
        for name, text in PRODUCTION.items()
        if name not in {"SECRET_KEY", "DATABASE_URL"}
    }

    settings = load_settings({**given, "SECRETS_DIR": str(tmp_path)})

    assert settings.secret_key == f"{SECRET}88"
    assert settings.database_url.endswith(":pw-of-acme@db/auth_db")


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**PRODUCTION, "SMTP_PASSWORD_FILE": str(tmp_path / "none")})

    assert set(caught.value.problems) == {"SMTP_PASSWORD_FILE"}


def test_a_missing_folder_of_secrets_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**PRODUCTION, "SECRETS_DIR": str(tmp_path / "none")})

    assert set(caught.value.problems) == {"SECRETS_DIR"}


def test_log_file_is_a_name_of_its_own(tmp_path: Path) -> None:
    settings = load_settings({**PRODUCTION, "LOG_FILE": str(tmp_path / "log")})

    assert settings.log_file == tmp_path / "log"


def test_a_process_reads_its_environment_and_the_file_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in PRODUCTION.items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("WEB_CONCURRENCY=3\n")

    assert read_settings().web_concurrency == 3
