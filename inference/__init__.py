"""The only code that knows Triton."""
