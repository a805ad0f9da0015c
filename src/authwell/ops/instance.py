"""The folder of a development server: its secrets, its database and the demo's credentials."""

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def shipped(name: str) -> Path:
    """A folder that the package carries: inside it, or at the root of a checkout."""
    package = Path(__file__).parents[1]
    return package / name if (package / name).is_dir() else package.parents[1] / name


@dataclass(frozen=True, slots=True)
class DemoSecrets:
    """What the demo's people and clients log in with; made once, printed at each start."""

    password: str
    web: str
    service: str
    api: str


@dataclass(frozen=True, slots=True)
class Instance:
    """The folder, readable by its owner only."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> "Instance":
        """Make the folder if it is not there."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(folder)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The settings of a development server; what was given wins."""
        defaults = {
            "ENVIRONMENT": "development",
            "PORT": "5000",
            "HOST": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{self.folder / 'authwell.db'}",
            "EMAIL_FILE_FOLDER": str(self.folder / "outbox"),
            "SECRET_KEY_FILE": str(self._kept("secret_key", secrets.token_hex(32))),
            "KEY_ENCRYPTION_KEY_FILE": str(
                self._kept("key_encryption_key", b64encode(secrets.token_bytes(32)).decode())
            ),
        }
        for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY"):
            if given.get(name):
                del defaults[f"{name}_FILE"]
        merged = {**defaults, **{name: value for name, value in given.items() if value}}
        merged.setdefault("ISSUER", f"http://localhost:{merged['PORT']}")
        self._keep_settings({name: merged[name] for name in (*defaults, "ISSUER")})
        return merged

    @property
    def settings_file(self) -> Path:
        """The settings as a file, for other commands on the same server."""
        return self.folder / ".env"

    def has_tables(self, environ: Mapping[str, str]) -> bool:
        """Whether an earlier start of this program brought that database up to date."""
        path = self.folder / "tables"
        url = environ["DATABASE_URL"]
        file = url.removeprefix("sqlite:///")
        if not path.exists() or (file != url and not Path(file).exists()):
            return False
        return path.read_text() == _tables_of(url)

    def note_tables(self, environ: Mapping[str, str]) -> None:
        """Let the next start know."""
        path = self.folder / "tables"
        path.touch(mode=0o600)
        path.write_text(_tables_of(environ["DATABASE_URL"]))

    def demo_secrets(self) -> DemoSecrets:
        """The demo's credentials, made at the first call."""
        new = DemoSecrets(
            password="-".join(_word() for _ in range(3)),
            web=secrets.token_urlsafe(32),
            service=secrets.token_urlsafe(32),
            api=secrets.token_urlsafe(32),
        )
        kept = self._kept("demo.json", json.dumps(asdict(new), indent=2))
        return DemoSecrets(**json.loads(kept.read_text()))

    def _kept(self, name: str, value: str) -> Path:
        """A file that is written once and then kept; two starts at once agree on one."""
        path = self.folder / name
        if not path.exists():
            draft = self.folder / f".{name}.{secrets.token_hex(4)}"
            draft.touch(mode=0o600)
            draft.write_text(f"{value}\n")
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path

    def _keep_settings(self, values: Mapping[str, str]) -> None:
        text = "".join(f"{name}='{value}'\n" for name, value in values.items())
        if not self.settings_file.exists() or self.settings_file.read_text() != text:
            self.settings_file.touch(mode=0o600)
            self.settings_file.write_text(text)


def _tables_of(url: str) -> str:
    """Names a database and the migrations of this program, without what the URL keeps secret."""
    names = sorted(path.name for path in shipped("migrations").glob("versions/*.py"))
    return sha256("\n".join([url, *names]).encode()).hexdigest()


def _word() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))
