"""What the product does, a module per noun: plain functions that do not depend on GraphQL."""

import lazy_init

# For names with joiners.
lazy_init.of("idna")
# So that `emails` can import its exceptions alone.
lazy_init.of("email_validator")
