"""How calls of models reach Triton. Only `inference.triton` uses this folder."""
