"""Services in Python, with an environment of their own: requirements.txt."""
