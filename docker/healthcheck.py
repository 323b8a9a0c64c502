#!/usr/local/bin/python -IS
"""Ends well where the address given answers 200. It loads little, as it runs all the time."""

import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

address = urlsplit(sys.argv[1])
connection = HTTPConnection(address.netloc, timeout=4)
connection.request("GET", address.path)
sys.exit(connection.getresponse().status != 200)
