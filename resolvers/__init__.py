"""What the product does, a module per noun: plain functions that know nothing of GraphQL."""
