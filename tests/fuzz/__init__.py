"""Operations that schemathesis makes from the schema, sent to a real service: `make fuzz`."""
