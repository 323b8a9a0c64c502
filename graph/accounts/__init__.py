"""What users do with their accounts: a module for each noun."""

import strawberry

from graph.accounts.registration import RegistrationMutations
from graph.accounts.sessions import SessionMutations


@strawberry.type
class AccountMutations(RegistrationMutations, SessionMutations):
    pass
