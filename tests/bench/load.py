"""The load: wrk with a script for each workload, on a core of its own.

wrk is unpacked from Debian's package, never installed. It has one thread and one Lua state for
each connection, so a script is a small state machine for one client.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.processes import ROOT, PartFailed, shared_folder

SCRIPTS = Path(__file__).resolve().parent / "lua"
DEBS = ROOT / ".cache/debs-bench"
PACKAGES = ("wrk", "libluajit-5.1-2", "libssl3")
CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the clients saw, and what they cost themselves."""

    requests: int
    chains: int
    errors: int
    first_error: str
    seconds: float
    times: Sequence[float]
    """Of each chain, in microseconds, the shortest first."""
    load_cpu: float
    """CPU seconds of the load generator."""

    def percentile(self, share: float) -> float:
        """A chain's time in milliseconds."""
        if not self.times:
            return 0.0
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] / 1000

    @property
    def per_second(self) -> float:
        """Chains in a second."""
        return self.chains / self.seconds if self.seconds else 0.0

    @property
    def load_share(self) -> float:
        """How much of its core the load generator used."""
        return self.load_cpu / self.seconds if self.seconds else 0.0


class Load:
    """Clients of one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._program = _find_wrk()

    def run(
        self, script: str, data: Mapping[str, Any], seconds: float, *, ends_itself: bool = False
    ) -> Outcome:
        """Drive a workload.

        Args:
            script: its name in `lua`.
            data: what the script knows; it gets `host` beside it, and `connections` if it
                does not say how many.
            seconds: how long, or at most how long.
            ends_itself: whether every connection says when it has done its part.
        """
        folder = shared_folder() / "load"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        known: dict[str, Any] = {
            "connections": CONNECTIONS,
            "host": f"localhost:{self._port}",
            **data,
        }
        (folder / "data.lua").write_text(f"return {to_lua(known)}\n")
        script_file = folder / "script.lua"
        parts = [(SCRIPTS / f"{name}.lua").read_text() for name in ("common", script)]
        script_file.write_text("\n".join([f"folder = {to_lua(str(folder))}", *parts]))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._drive(folder, script_file, seconds, known["connections"], ends_itself=ends_itself)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found = json.loads((folder / "result.json").read_text())
        found["times"].sort()
        return Outcome(load_cpu=cpu, **found)

    @property
    def folder(self) -> Path:
        """Where the scripts of the last run wrote."""
        return shared_folder() / "load"

    def _drive(
        self, folder: Path, script: Path, seconds: float, connections: int, *, ends_itself: bool
    ) -> None:
        program, environ = self._program
        duration = max(1, round(seconds))
        options = ["-t", str(connections), "-c", str(connections), "-d", f"{duration}s"]
        options += ["--timeout", "20s", "-s", str(script), f"http://127.0.0.1:{self._port}"]
        with (folder / "wrk.log").open("wb") as log:
            process = subprocess.Popen(
                [program, *options],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            while ends_itself and process.poll() is None:
                if len(list(folder.glob("finished-*"))) == connections:
                    process.send_signal(signal.SIGINT)
                    break
                time.sleep(0.02)
            process.wait(duration + 60)
        if process.returncode != 0 or not (folder / "result.json").exists():
            raise PartFailed(f"wrk failed:\n{(folder / 'wrk.log').read_text()[-2000:]}")


def to_lua(value: Any) -> str:
    """A value as a Lua expression."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return '"' + "".join(_escaped(byte) for byte in value.encode()) + '"'
        case Mapping():
            members = (f"[{to_lua(name)}]={to_lua(item)}" for name, item in value.items())
            return "{" + ",".join(members) + "}"
        case Sequence():
            return "{" + ",".join(to_lua(item) for item in value) + "}"
        case _:
            raise TypeError(f"no Lua for {value!r}")


def _escaped(byte: int) -> str:
    character = chr(byte)
    plain = 32 <= byte < 127 and character not in '"\\'
    return character if plain else f"\\{byte:03d}"


def _find_wrk() -> tuple[Path, dict[str, str]]:
    unpacked = DEBS / "root/usr/bin/wrk"
    if not unpacked.exists():
        installed = shutil.which("wrk")
        if installed is not None:
            return Path(installed), dict(os.environ)
        _unpack()
    libraries = DEBS / "root/usr/lib/x86_64-linux-gnu"
    folders = [libraries] if libraries.exists() else (DEBS / "root/usr/lib").glob("*-linux-gnu")
    path = os.pathsep.join(str(folder) for folder in folders)
    return unpacked, {**os.environ, "LD_LIBRARY_PATH": path}


def _unpack() -> None:
    files = DEBS / "files"
    files.mkdir(parents=True, exist_ok=True)
    if not _download(files):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        if not _download(files):
            raise PartFailed("wrk is missing; install it with: apt-get install wrk")
    for file in files.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", file, DEBS / "root"], check=True)


def _download(folder: Path) -> bool:
    command = ["apt-get", "download", "-qq", *PACKAGES]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
