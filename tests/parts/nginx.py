"""nginx in front of a server, with TLS, as the shipped configuration has it."""

import os
import shutil
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.parts import certificates, processes

UNPACKED = processes.ROOT / ".cache/debs/root"

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  # A name with an underscore becomes the same WSGI variable as one with a hyphen.
  underscores_in_headers off;
  ignore_invalid_headers on;
  client_max_body_size 128k;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    location = /nginx-is-ready {{ return 204; }}
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Prefix "";
      proxy_set_header Forwarded "";
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Front:
    """A running nginx: its address and the authority to trust."""

    url: str
    port: int
    ca_file: Path
    log_path: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Stop it."""
        processes.stop(self.process)


def start_front(upstream: int, folder: Path, port: int | None = None) -> Front:
    """Start nginx before a port of the loopback interface.

    Args:
        upstream: the port of the server behind; it need not listen yet.
        folder: an empty folder for certificates and logs.
        port: where nginx listens; a free one if not given, but the issuer is often needed before.

    Raises:
        PartFailed: there is no nginx, or it does not start.
    """
    program, environ = _program()
    chosen = port or processes.free_port()
    folder.mkdir(parents=True, exist_ok=True)
    ca_file = certificates.write(folder)
    configuration = folder / "nginx.conf"
    text = CONFIGURATION.format(folder=folder, port=chosen, upstream=upstream)
    configuration.write_text(text)
    log_path = folder / "error.log"
    command: list[str | Path] = [program, "-p", folder, "-c", configuration, "-e", log_path]
    process = processes.start(command, log_path, environ=environ)
    front = Front(f"https://localhost:{chosen}", chosen, ca_file, log_path, process)
    processes.wait_until_ready(process, lambda: _answers(front), log_path)
    return front


def _program() -> tuple[Path, dict[str, str]]:
    unpacked = UNPACKED / "usr/sbin/nginx"
    if unpacked.exists():
        folders = [UNPACKED / "usr/lib", UNPACKED / "lib"]
        libraries = {str(file.parent) for folder in folders for file in folder.rglob("*.so.*")}
        return unpacked, {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(sorted(libraries))}
    installed = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if installed is None:
        raise processes.PartFailed("nginx is missing; ./test unpacks it where apt-get works.")
    return Path(installed), dict(os.environ)


def _answers(front: Front) -> bool:
    context = ssl.create_default_context(cafile=str(front.ca_file))
    try:
        with urllib.request.urlopen(
            f"{front.url}/nginx-is-ready", context=context, timeout=5
        ) as answer:
            return bool(answer.status == 204)
    except OSError:
        return False
