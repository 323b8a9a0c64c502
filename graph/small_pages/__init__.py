"""The page at `/` and those that links in emails open. A console replaces all of it: delete this folder then."""
