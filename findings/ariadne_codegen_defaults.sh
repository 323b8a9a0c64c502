#!/bin/sh
# ariadne-codegen 0.19.0: the same schema gives other input types from a running service than from a file. Introspection
# hands over the default values, but the code is generated from AST nodes, which a schema from introspection has not. So
# an input field that is non-null with a default is optional from the file, and required from the service.
#
# Seen with the packages below on Python 3.11:
#     from the file: scopes: list[Scope] = Field(default_factory=lambda: [Scope.READ])
#     from the service: scopes: list[Scope]
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ariadne-codegen==0.19.0 graphql-core==3.2.14
cat >schema.graphql <<'GRAPHQL'
enum Scope { READ WRITE }
input TokenInput { scopes: [Scope!]! = [READ] }
type Query { token(input: TokenInput!): String }
GRAPHQL
echo 'query Token($input: TokenInput!) { token(input: $input) }' >queries.graphql
venv/bin/python - <<'PYTHON'
import json
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from graphql import build_schema, graphql_sync

SCHEMA = build_schema(Path("schema.graphql").read_text())


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"data": graphql_sync(SCHEMA, asked["query"]).data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass


def generated(source):
    Path("pyproject.toml").write_text(f'[tool.ariadne-codegen]\n{source}\nqueries_path = "queries.graphql"\n')
    subprocess.run(["venv/bin/ariadne-codegen"], check=True, capture_output=True)
    lines = Path("graphql_client/input_types.py").read_text().splitlines()
    return next(line.strip() for line in lines if line.strip().startswith("scopes:"))


service = HTTPServer(("127.0.0.1", 0), Service)
Thread(target=service.serve_forever, daemon=True).start()
by_file = generated('schema_path = "schema.graphql"')
by_service = generated(f'remote_schema_url = "http://127.0.0.1:{service.server_port}"')
print("from the file:", by_file)
print("from the service:", by_service)
assert by_file == "scopes: list[Scope] = Field(default_factory=lambda: [Scope.READ])", by_file
assert by_service == "scopes: list[Scope]", by_service
PYTHON
