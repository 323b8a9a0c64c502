"""How much each caller may spend: admission, settlement, counting, revocation."""
