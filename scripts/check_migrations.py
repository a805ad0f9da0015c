"""Check that the migrations make exactly the tables of the models, on a fresh SQLite database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/fresh.sqlite3"}
        for arguments in (("upgrade", "head"), ("check",)):
            command = [sys.executable, "-m", "alembic", *arguments]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                print(done.stdout + done.stderr)
                print("Remedy: write a migration with: .venv/bin/alembic revision --autogenerate")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
