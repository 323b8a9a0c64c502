"""Documents for signing up and logging in."""

import re

CODE = re.compile(r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}")

PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's

REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password, displayName: "Ada"}) {
    __typename ... on MailAccepted { email } ... on UserError { code } } }"""

VERIFY = """mutation ($code: String!) { verifyEmail(code: $code) {
  __typename ... on EmailVerified { email } ... on UserError { code } } }"""

LOGIN = """mutation ($email: String!, $password: String!) {
  login(input: {email: $email, password: $password}) {
    __typename ... on LoggedIn { token expiresAt user { email } } ... on UserError { code } } }"""
