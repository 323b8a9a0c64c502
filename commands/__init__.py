"""The command line, a module per command. Each imports what it needs when it runs: `gatehouse --help` is instant."""
