"""docs/clients.md: its examples are run, the Python ones by every test run and all of them by `make clients`."""
