"""Account mutations: one module for each noun."""

import strawberry

from graph.accounts.data import DataMutations
from graph.accounts.email_changes import EmailChangeMutations
from graph.accounts.passwords import PasswordMutations
from graph.accounts.profiles import ProfileMutations
from graph.accounts.registration import RegistrationMutations
from graph.accounts.sessions import SessionMutations
from graph.accounts.two_factor import TwoFactorMutations


@strawberry.type
class AccountMutations(
    RegistrationMutations,
    SessionMutations,
    PasswordMutations,
    EmailChangeMutations,
    ProfileMutations,
    DataMutations,
    TwoFactorMutations,
):
    pass
