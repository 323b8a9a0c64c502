#!/bin/sh
# gixy-ng 0.2.59, which checks Nginx configurations, takes a server for an HTTPS server when the text of its `listen`
# directive contains `443` anywhere. A plain HTTP server on port 44380 is then reported: "Missing HSTS header". On port
# 44280 the same server is not reported. Tests that use random ports fail about once in sixty runs.
#
# Seen: port 44280: []; port 44380: ['Missing HSTS header']
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gixy-ng==0.2.59

for port in 44280 44380; do
    cat > "$folder/$port.conf" <<CONF
events {}
http {
    server {
        listen $port;
        server_name example.org;
        location / { return 301 https://example.org; }
    }
}
CONF
    "$folder/venv/bin/gixy" --format json "$folder/$port.conf" > "$folder/$port.json" || true
done

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import sys
from pathlib import Path

seen = {}
for port in (44280, 44380):
    problems = json.loads(Path(sys.argv[1], f"{port}.json").read_text())
    seen[port] = [problem["summary"] for problem in problems if problem["plugin"] == "hsts_header"]
print("; ".join(f"port {port}: {found}" for port, found in seen.items()))
sys.exit(seen != {44280: [], 44380: ["Missing HSTS header"]})
PYTHON
