"""Who may do what: a row for each field at the root, and for each field of the types that hold what is a user's.

`$user`, `$token` and `$session` are of the user in column "user". A row states the answer that each caller gets: OK, a
code, or NULL for what does not exist to the caller. To add a row, write the document, and the answers for its kind.
"""

from dataclasses import dataclass

CALLERS = (
    "anonymous",
    # Registered, and no more: such a user has no credential, and none can be had with the right password.
    "unverified",
    "user",
    "another user",
    # API tokens of the column "user": with one scope, and with both but for other models.
    "INFER",
    "READ",
    "other models",
    "suspended",
    "administrator without second factor",
    "administrator",
)
OK, NULL = "OK", "NULL"
_NOBODY, _FORBIDDEN = "UNAUTHENTICATED", "FORBIDDEN"


@dataclass(frozen=True, slots=True)
class Row:
    document: str
    expected: dict[str, str]


def _row(
    document: str,
    *,
    anonymous: str = _NOBODY,
    session: str = OK,
    another: str | None = None,
    infer: str = _FORBIDDEN,
    read: str = _FORBIDDEN,
    other_models: str | None = None,
    suspended: str = _NOBODY,
    plain: str | None = None,
    administrator: str | None = None,
) -> Row:
    """`session` also says what is left out: for another user, and for administrators, who are users as well."""
    another = another or session
    users = (anonymous, anonymous, session, another, infer, read, other_models or read, suspended)
    answers = (*users, plain or another, administrator or another)
    return Row(document, dict(zip(CALLERS, answers, strict=True)))


def _of_administrators(document: str, answer: str = OK) -> Row:
    return _row(document, session=_FORBIDDEN, administrator=answer)


def _of_owner(document: str, other: str = "NOT_FOUND") -> Row:
    """Of the id of something that is the user's."""
    return _row(document, another=other)


def _for_all(document: str, answer: str = OK) -> Row:
    return _row(document, anonymous=answer, session=answer, infer=answer, read=answer)


def _mutation(arguments: str, field: str, more: str = "") -> str:
    return f"mutation {arguments} {{ {field} {{ __typename ... on UserError {{ code }} {more} }} }}"


_MODEL = 'model: "text", inputs: [{name: "IN", shape: [1], data: {values: ["a"]}}]'
_IMAGE = '{base64: "AAAA"}'
_NO_READER = dict.fromkeys(("session", "infer", "other_models"), "MODEL_NOT_FOUND")
_PLAN = (
    "unitsPerMinute: 1000000, unitsPerDay: 1000000, concurrentRequests: 100, maxApiTokens: 50, maxTokenLifetime: "
    '"P7D", models: ["x"]'
)

QUERIES = {
    "me": _row("{ me { id } }", anonymous=NULL, read=OK),
    "currentApiToken": _row("{ currentApiToken { id } }", anonymous=NULL, session=NULL, read=OK),
    "rateLimit": _for_all("{ rateLimit { cost } }"),
    "service": _for_all("{ service { version } }"),
    # These servers catch no emails.
    "caughtMail": _for_all("query ($email: String!) { caughtMail(email: $email) { code } }", NULL),
    "models": _row("{ models { totalCount } }", read=OK),
    "model": _row('{ model(name: "text") { name } }', read=OK, other_models="MODEL_NOT_FOUND"),
    "infer": _row(f"{{ infer({_MODEL}) {{ version }} }}", infer=OK, other_models="MODEL_NOT_FOUND"),
    # These servers have no text reader, which is said to who may use models.
    "readText": _row(f"{{ readText(image: {_IMAGE}) {{ text }} }}", **_NO_READER),
    "readTexts": _row(f"{{ readTexts(images: [{_IMAGE}]) {{ __typename }} }}", **_NO_READER),
    "readDocument": _row(f"{{ readDocument(file: {_IMAGE}) {{ pageCount }} }}", **_NO_READER),
    "typed": _row(
        '{ typed { text(IN: {data: {values: ["a"]}}) { OUT { values } } } }', infer=OK, other_models="MODEL_NOT_FOUND"
    ),
    "job": _row('{ job(id: "a") { id } }', session=NULL, infer=NULL, other_models=NULL),
    "exportUsage": _row('{ exportUsage(month: "2026-03") { url } }', read=OK),
    "seenFrom": _for_all("{ seenFrom }"),
    "users": _of_administrators("{ users(first: 1) { totalCount } }"),
    "user": _of_administrators("query ($user: ID!) { user(id: $user) { id } }"),
    "plans": _of_administrators("{ plans { name } }"),
    "auditEvents": _of_administrators("query ($user: ID!) { auditEvents(userId: $user) { totalCount } }"),
}

# Their first result says it.
SUBSCRIPTIONS = {
    "job": _row(
        'subscription { job(id: "a") { id } }', session="NOT_FOUND", infer="NOT_FOUND", other_models="NOT_FOUND"
    ),
    "infer": _row(f"subscription {{ infer({_MODEL}) {{ __typename }} }}", infer=OK, other_models="MODEL_NOT_FOUND"),
    "typed": _row(
        'subscription { typed { text(IN: {data: {values: ["a"]}}) { __typename } } }',
        infer=OK,
        other_models="MODEL_NOT_FOUND",
    ),
}

# The same fields with other arguments.
MORE_QUERIES = {
    "exportUsage of everybody": _of_administrators('{ exportUsage(month: "2026-03", ofEverybody: true) { url } }'),
}

_BAD_CODE = '"AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"'
_NEW = '"correct horse battery staple"'
_WRONG = '"a wrong password for all"'

# Those that need the password are asked with a wrong one: WRONG_PASSWORD is said to who may try.
MUTATIONS = {
    "register": _for_all(_mutation("($email: String!)", f"register(input: {{email: $email, password: {_NEW}}})")),
    "verifyEmail": _for_all(_mutation("", f"verifyEmail(code: {_BAD_CODE})"), "CODE_REFUSED"),
    "resendVerification": _for_all(_mutation("($email: String!)", "resendVerification(email: $email)")),
    "login": _row(
        _mutation("($email: String!, $password: String!)", "login(input: {email: $email, password: $password})"),
        anonymous="LOGIN_REFUSED",
        infer=OK,
        read=OK,
    ),
    "completeLogin": _for_all(_mutation("", f'completeLogin(challenge: {_BAD_CODE}, code: "000000")'), "CODE_REFUSED"),
    "logout": _row("mutation { logout { at } }", suspended=OK),
    "revokeSession": _of_owner(_mutation("($session: ID!)", "revokeSession(id: $session)")),
    "revokeOtherSessions": _row("mutation { revokeOtherSessions { count } }"),
    "requestPasswordReset": _for_all(_mutation("($email: String!)", "requestPasswordReset(email: $email)")),
    "resetPassword": _for_all(_mutation("", f"resetPassword(code: {_BAD_CODE}, newPassword: {_NEW})"), "CODE_REFUSED"),
    "changePassword": _row(
        _mutation("", f"changePassword(currentPassword: {_WRONG}, newPassword: {_NEW})"), session="WRONG_PASSWORD"
    ),
    "requestEmailChange": _row(
        _mutation("", f'requestEmailChange(newEmail: "new@example.org", password: {_WRONG})'), session="WRONG_PASSWORD"
    ),
    "confirmEmailChange": _for_all(_mutation("", f"confirmEmailChange(code: {_BAD_CODE})"), "CODE_REFUSED"),
    "updateProfile": _row(_mutation("", 'updateProfile(input: {displayName: "New"})')),
    "deleteAccount": _row(_mutation("", f"deleteAccount(password: {_WRONG})"), session="WRONG_PASSWORD"),
    "exportAccount": _row(_mutation("", f"exportAccount(password: {_WRONG})"), session="WRONG_PASSWORD"),
    "enrolTwoFactor": _row(_mutation("", f"enrolTwoFactor(password: {_WRONG})"), session="WRONG_PASSWORD"),
    "confirmTwoFactor": _row(_mutation("", 'confirmTwoFactor(code: "000000")'), session="CODE_REFUSED"),
    "disableTwoFactor": _row(
        _mutation("", f'disableTwoFactor(password: {_WRONG}, code: "000000")'), session="WRONG_PASSWORD"
    ),
    "createApiToken": _row(_mutation("", 'createApiToken(input: {name: "new", expiresIn: "PT1H"})')),
    "updateApiToken": _of_owner(_mutation("($token: ID!)", 'updateApiToken(id: $token, input: {name: "renamed"})')),
    "revokeApiToken": _of_owner(_mutation("($token: ID!)", "revokeApiToken(id: $token)")),
    "deleteApiToken": _of_owner(_mutation("($token: ID!)", "deleteApiToken(id: $token)")),
    "rotateApiToken": _of_owner(_mutation("($token: ID!)", 'rotateApiToken(id: $token, expiresIn: "PT1H")')),
    "rotateWebhookSecret": _row(_mutation("", "rotateWebhookSecret")),
    "deleteWebhookSecret": _row(_mutation("", "deleteWebhookSecret"), session="NOT_FOUND"),
    "resendWebhook": _row(
        _mutation("", 'resendWebhook(jobId: "a")'), session="NOT_FOUND", infer="NOT_FOUND", other_models="NOT_FOUND"
    ),
    "reportLeakedTokens": _for_all('mutation { reportLeakedTokens(tokens: ["a"]) { at } }'),
    "createJob": _row(_mutation("", f"createJob(input: {{{_MODEL}}})"), infer=OK, other_models="MODEL_NOT_FOUND"),
    "cancelJob": _row(
        _mutation("", 'cancelJob(id: "a")'), session="NOT_FOUND", infer="NOT_FOUND", other_models="NOT_FOUND"
    ),
    "suspendUser": _of_administrators(_mutation("($user: ID!)", 'suspendUser(id: $user, reason: "A test.")')),
    "reinstateUser": _of_administrators(_mutation("($user: ID!)", "reinstateUser(id: $user)")),
    "setUserPlan": _of_administrators(_mutation("($user: ID!)", 'setUserPlan(id: $user, plan: "free")')),
    "setUserRole": _of_administrators(_mutation("($user: ID!)", "setUserRole(id: $user, role: ADMIN)")),
    "savePlan": _of_administrators(_mutation("", f'savePlan(input: {{name: "permissions", {_PLAN}}})')),
    "revokeUserApiToken": _of_administrators(_mutation("($token: ID!)", "revokeUserApiToken(id: $token)")),
}

_DAYS = '(from: "2026-03-01", to: "2026-03-02") { units }'
# How each field is selected, where its name alone is not enough.
SELECTED = {
    "User.plan": "plan { name }",
    "User.sessions": "sessions { ipAddress }",
    "User.apiTokens": "apiTokens { totalCount nodes { hint } }",
    "User.apiToken": "apiToken(id: $token) { name }",
    "User.usage": f"usage{_DAYS}",
    "User.securityEvents": "securityEvents { totalCount }",
    "User.refusals": "refusals { code }",
    "User.webhookSecret": "webhookSecret { createdAt }",
    "User.jobs": "jobs { totalCount }",
    "ApiToken.usage": f"usage{_DAYS}",
    "ApiToken.refusals": "refusals { code }",
    "ApiToken.replacedBy": "replacedBy { name }",
    "AuditEvent.actor": "actor { email }",
    "AuditEvent.changes": "changes { after }",
}

# Beyond the fields of one's own: these an API token with scope READ may read of its owner.
READ_OF_OWNER = {"id", "plan", "usage"}
# The types whose fields are a user's own. Each field has rows of its own, made from these.
PERSONAL = ("User", "ApiToken", "AuditEvent")
# Types without rows of their own: a caller who gets the object may read all of its fields. The field that returns the
# object has a row.
PLAIN = """
AccountDeleted AccountExported ApiTokenConnection ApiTokenCreated ApiTokenDeleted ApiTokenEdge ApiTokenRevoked
ApiTokenUpdated AuditChange AuditEventConnection AuditEventEdge CaughtMail CodeRefused Concurrency Dependency
EmailChanged DocumentPage DocumentReading EmailVerified IdempotencyConflict ImageRefused Inference InferenceChunk
InferenceDone InputProblem InvalidInput Job JobAccepted JobCancelled JobConnection JobEdge JobError LastAdministrator
LimitReached LoggedIn LoggedOut LeakReported LoginRefused MailAccepted Model ModelConnection ModelEdge ModelExample
ModelLimit NameTaken NotFound PageInfo PasswordChanged Plan PlanSaved Point ProfileUpdated RateLimit RateLimitWindow
Refusal RefusalCount SecondFactorNeeded Service Session SessionRevoked SessionsRevoked Tensor TensorSpec TextLine
TextReading TooManyAttempts TwoFactorChanged TwoFactorOffered TypedChunk_similarity TypedChunk_text_reader TypedModels
TypedStreams Typed_similarity Typed_text_reader UsageExport UsagePoint UserConnection UserEdge UserPlanSet
UserReinstated UserRoleSet UserSuspended Webhook WebhookDelivery WebhookResent WebhookSecret WebhookSecretDeleted
WebhookSecretRotated WrongPassword
""".split()


def rows_of(type_name: str, field: str) -> dict[str, Row]:
    """One's own, and those of the column "user" as every caller may ask for them."""
    selected = SELECTED.get(f"{type_name}.{field}", field)
    given = "($token: ID!) " if "$token" in selected else ""
    match type_name:
        case "User":
            read = OK if field in READ_OF_OWNER else _FORBIDDEN
            another = NULL if field == "apiToken" else OK
            return {
                "own": _row(f"query {given}{{ me {{ {selected} }} }}", anonymous=NULL, another=another, read=read),
                "of the user": _of_administrators(
                    f"query ($user: ID!{', $token: ID!' if given else ''}) {{ user(id: $user) {{ {selected} }} }}"
                ),
            }
        case "ApiToken":
            # Another API token is not shown to an API token.
            read = _FORBIDDEN if field == "replacedBy" else OK
            return {
                "own": _row(f"{{ currentApiToken {{ {selected} }} }}", anonymous=NULL, session=NULL, read=read),
                "of me": _row(
                    f"query ($token: ID!) {{ me {{ apiToken(id: $token) {{ {selected} }} }} }}",
                    anonymous=NULL,
                    another=NULL,
                ),
                "of the user": _of_administrators(
                    f"query ($user: ID!, $token: ID!) {{ user(id: $user) {{ apiToken(id: $token) {{ {selected} }} }} }}"
                ),
            }
        case _:
            nodes = f"nodes {{ {selected} }}"
            return {
                "own": _row(f"{{ me {{ securityEvents {{ {nodes} }} }} }}", anonymous=NULL),
                "of the user": _of_administrators(f"query ($user: ID!) {{ auditEvents(userId: $user) {{ {nodes} }} }}"),
                "of all": _of_administrators(f"{{ auditEvents(first: 1) {{ {nodes} }} }}"),
            }
