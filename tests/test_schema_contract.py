"""What clients were promised: adding to the schema is free, and nothing of this may change or go."""

from typing import Any

import pytest
from graphql import parse, print_ast

from tests.schema_file import DEFINITIONS

PROMISED: Any = parse("""
type Query {
  me: User
  currentApiToken: ApiToken
  seenFrom: String
  rateLimit(dryRun: Boolean! = false): RateLimit
  service: Service!
  caughtMail(email: String!): CaughtMail
  models(first: Int! = 50, after: String, search: String): ModelConnection
  model(name: String!, version: String): Model
  infer(model: String!, version: String, inputs: [TensorInput!]!, outputs: [String!], timeout: Duration): Inference
  readText(image: ImageInput!, timeout: Duration): TextReading
  readTexts(images: [ImageInput!]!, timeout: Duration): [ReadTextResult!]
  readDocument(file: ImageInput!, pages: [Int!]! = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], timeout: Duration): DocumentReading
  exportUsage(month: String!, ofEverybody: Boolean! = false): UsageExport
  typed: TypedModels!
  users(first: Int! = 50, after: String, search: String, state: UserState, plan: String): UserConnection
  user(id: ID!): User
  plans: [Plan!]
  auditEvents(first: Int! = 50, after: String, userId: ID, action: String): AuditEventConnection
}
type Mutation {
  register(input: RegisterInput!): RegisterResult
  verifyEmail(code: String!): VerifyEmailResult
  resendVerification(email: String!): ResendVerificationResult
  login(input: LoginInput!): LoginResult
  completeLogin(challenge: String!, code: String!, cookie: Boolean! = false): CompleteLoginResult
  logout: LoggedOut
  revokeSession(id: ID!): RevokeSessionResult
  revokeOtherSessions: SessionsRevoked
  requestPasswordReset(email: String!): RequestPasswordResetResult
  resetPassword(code: String!, newPassword: String!): ResetPasswordResult
  changePassword(currentPassword: String!, newPassword: String!): ChangePasswordResult
  requestEmailChange(newEmail: String!, password: String!): RequestEmailChangeResult
  confirmEmailChange(code: String!): ConfirmEmailChangeResult
  updateProfile(input: ProfileInput!): UpdateProfileResult
  deleteAccount(password: String!): DeleteAccountResult
  exportAccount(password: String!): ExportAccountResult
  enrolTwoFactor(password: String!): EnrolTwoFactorResult
  confirmTwoFactor(code: String!): ConfirmTwoFactorResult
  disableTwoFactor(password: String!, code: String!): DisableTwoFactorResult
  createApiToken(input: CreateApiTokenInput!): CreateApiTokenResult
  updateApiToken(id: ID!, input: UpdateApiTokenInput!): UpdateApiTokenResult
  revokeApiToken(id: ID!): RevokeApiTokenResult
  rotateWebhookSecret(keepOldFor: Duration! = "P1D"): RotateWebhookSecretResult
  deleteWebhookSecret: DeleteWebhookSecretResult
  resendWebhook(jobId: ID!): ResendWebhookResult
  rotateApiToken(id: ID!, expiresIn: Duration, keepOldFor: Duration! = "PT0S"): RotateApiTokenResult
  deleteApiToken(id: ID!): DeleteApiTokenResult
  reportLeakedTokens(tokens: [String!]!): LeakReported
  suspendUser(id: ID!, reason: String!): SuspendUserResult
  reinstateUser(id: ID!): ReinstateUserResult
  setUserPlan(id: ID!, plan: String!): SetUserPlanResult
  setUserRole(id: ID!, role: Role!): SetUserRoleResult
  savePlan(input: PlanInput!): SavePlanResult
  revokeUserApiToken(id: ID!): RevokeApiTokenResult
}
type Subscription {
  infer(model: String!, version: String, inputs: [TensorInput!]!, outputs: [String!], timeout: Duration): InferenceEvent
}
union InferenceEvent = InferenceChunk | InferenceDone
type InferenceChunk { index: Count! outputs: [Tensor!]! }
type InferenceDone { chunks: Count! calls: Int! units: Int! milliseconds: Float! }
enum ErrorCode {
  BAD_REQUEST QUERY_TOO_COMPLEX PAYLOAD_TOO_LARGE UNAUTHENTICATED FORBIDDEN RATE_LIMITED MODEL_NOT_FOUND
  MODEL_UNAVAILABLE MODEL_BUSY INVALID_TENSOR INVALID_IMAGE DEADLINE_EXCEEDED SERVICE_UNAVAILABLE INTERNAL
  INVALID_INPUT LOGIN_REFUSED TOO_MANY_ATTEMPTS CODE_REFUSED NOT_FOUND NAME_TAKEN LIMIT_REACHED WRONG_PASSWORD
  PERSISTED_QUERY_NOT_FOUND PERSISTED_QUERY_NOT_SUPPORTED LAST_ADMINISTRATOR
}
interface UserError { code: ErrorCode! message: String! }
type InvalidInput implements UserError { code: ErrorCode! message: String! problems: [InputProblem!]! }
type InputProblem { path: [String!]! code: String! message: String! }
type LoginRefused implements UserError { code: ErrorCode! message: String! }
type TooManyAttempts implements UserError { code: ErrorCode! message: String! retryAfterSeconds: Int! }
type CodeRefused implements UserError { code: ErrorCode! message: String! }
type NotFound implements UserError { code: ErrorCode! message: String! }
type NameTaken implements UserError { code: ErrorCode! message: String! }
type LimitReached implements UserError { code: ErrorCode! message: String! limit: Int! }
type WrongPassword implements UserError { code: ErrorCode! message: String! }
input RegisterInput { email: String! password: String! displayName: String locale: String }
type MailAccepted { email: String! }
union RegisterResult = MailAccepted | InvalidInput | TooManyAttempts
union ResendVerificationResult = MailAccepted | InvalidInput | TooManyAttempts
type EmailVerified { email: String! }
union VerifyEmailResult = EmailVerified | CodeRefused | TooManyAttempts
input LoginInput { email: String! password: String! cookie: Boolean! = false }
type LoggedIn { token: String expiresAt: DateTime! user: User! }
type SecondFactorNeeded { challenge: String! expiresAt: DateTime! }
union LoginResult = LoggedIn | SecondFactorNeeded | LoginRefused | TooManyAttempts
union CompleteLoginResult = LoggedIn | CodeRefused | TooManyAttempts
union RequestPasswordResetResult = MailAccepted | InvalidInput | TooManyAttempts
type PasswordChanged { at: DateTime! }
union ResetPasswordResult = PasswordChanged | CodeRefused | InvalidInput | TooManyAttempts
union ChangePasswordResult = PasswordChanged | WrongPassword | InvalidInput | TooManyAttempts
union RequestEmailChangeResult = MailAccepted | WrongPassword | InvalidInput | TooManyAttempts
type EmailChanged { email: String! }
union ConfirmEmailChangeResult = EmailChanged | CodeRefused | TooManyAttempts
input ProfileInput { displayName: String locale: String }
type ProfileUpdated { user: User! }
union UpdateProfileResult = ProfileUpdated | InvalidInput
type AccountDeleted { at: DateTime! }
type UsageExport { url: String! expiresAt: DateTime! }
type AccountExported { json: String! url: String! expiresAt: DateTime! }
union DeleteAccountResult = AccountDeleted | WrongPassword | TooManyAttempts | LastAdministrator
type LastAdministrator implements UserError { code: ErrorCode! message: String! }
type UserSuspended { user: User! }
type UserReinstated { user: User! }
type UserPlanSet { user: User! }
type UserRoleSet { user: User! }
union SuspendUserResult = UserSuspended | NotFound | InvalidInput | LastAdministrator
union ReinstateUserResult = UserReinstated | NotFound
union SetUserPlanResult = UserPlanSet | NotFound | InvalidInput
union SetUserRoleResult = UserRoleSet | NotFound | InvalidInput | LastAdministrator
enum UserState { UNVERIFIED ACTIVE SUSPENDED }
type UserEdge { cursor: String! node: User! }
type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
input PlanInput {
  name: String! unitsPerMinute: Int! unitsPerDay: Int! concurrentRequests: Int! maxApiTokens: Int!
  maxTokenLifetime: Duration! weight: Int! = 1 models: [String!]! = [] modelLimits: [ModelLimitInput!]! = []
}
input ModelLimitInput { model: String! unitsPerMinute: Int unitsPerDay: Int }
type PlanSaved { plan: Plan! }
union SavePlanResult = PlanSaved | InvalidInput
union ExportAccountResult = AccountExported | WrongPassword | TooManyAttempts
type TwoFactorOffered { uri: String! recoveryCodes: [String!]! }
union EnrolTwoFactorResult = TwoFactorOffered | WrongPassword | TooManyAttempts
type TwoFactorChanged { enabled: Boolean! at: DateTime! }
union ConfirmTwoFactorResult = TwoFactorChanged | CodeRefused | TooManyAttempts
union DisableTwoFactorResult = TwoFactorChanged | WrongPassword | CodeRefused | TooManyAttempts
type LoggedOut { at: DateTime! }
type SessionRevoked { session: Session! }
type SessionsRevoked { count: Int! }
union RevokeSessionResult = SessionRevoked | NotFound
enum Role { USER ADMIN }
type User {
  id: ID! email: String! emailVerifiedAt: DateTime displayName: String locale: String! role: Role!
  twoFactor: Boolean! createdAt: DateTime! suspendedAt: DateTime plan: Plan! sessions: [Session!]
  apiTokens(first: Int! = 50, after: String, includeEnded: Boolean! = false, search: String): ApiTokenConnection
  apiToken(id: ID!): ApiToken
  usage(from: Date!, to: Date!, interval: UsageInterval! = DAY, model: String, byModel: Boolean! = false): [UsagePoint!]
  securityEvents(first: Int! = 50, after: String): AuditEventConnection
  refusals(last: Int! = 50): [Refusal!]
}
enum ActorKind { SELF API_TOKEN ADMIN SYSTEM VISITOR }
type AuditEvent {
  id: ID! at: DateTime! action: String! actorKind: ActorKind! actor: User subject: String ipAddress: String
  userAgent: String detail: String changes: [AuditChange!]!
}
type AuditChange { field: String! before: String after: String }
type AuditEventEdge { cursor: String! node: AuditEvent! }
type AuditEventConnection {
  edges: [AuditEventEdge!]! nodes: [AuditEvent!]! pageInfo: PageInfo! totalCount: Int!
}
type Session {
  id: ID! createdAt: DateTime! lastUsedAt: DateTime! expiresAt: DateTime! ipAddress: String userAgent: String
  current: Boolean!
}
enum Scope { INFER READ }
enum ApiTokenStatus { ACTIVE EXPIRED REVOKED }
type ApiToken {
  id: ID! name: String! hint: String! scopes: [Scope!]! models: [String!] allowedNetworks: [String!]
  seenFrom: String unitsPerMinute: Int status: ApiTokenStatus!
  createdAt: DateTime! expiresAt: DateTime! revokedAt: DateTime replacedBy: ApiToken
  lastUsedAt: DateTime lastUsedIpAddress: String
  usage(from: Date!, to: Date!, interval: UsageInterval! = DAY, model: String, byModel: Boolean! = false): [UsagePoint!]
  refusals(last: Int! = 50): [Refusal!]
}
type Refusal {
  at: DateTime! code: ErrorCode! count: Count! operation: String window: String seenFrom: String retryAt: DateTime
  message: String!
}
input CreateApiTokenInput {
  name: String! expiresIn: Duration! scopes: [Scope!]! = [INFER, READ] models: [String!] allowedNetworks: [String!]
  unitsPerMinute: Int
}
input UpdateApiTokenInput { name: String models: [String!] allowedNetworks: [String!] unitsPerMinute: Int }
type ApiTokenCreated { apiToken: ApiToken! token: String! }
union CreateApiTokenResult = ApiTokenCreated | InvalidInput | NameTaken | LimitReached | TooManyAttempts
type ApiTokenUpdated { apiToken: ApiToken! }
union UpdateApiTokenResult = ApiTokenUpdated | NotFound | InvalidInput | NameTaken
union RotateApiTokenResult = ApiTokenCreated | NotFound | InvalidInput | LimitReached | TooManyAttempts
type LeakReported { at: DateTime! }
type ApiTokenRevoked { apiToken: ApiToken! }
union RevokeApiTokenResult = ApiTokenRevoked | NotFound
input WebhookInput { url: String! }
type WebhookDelivery { at: DateTime! attempt: Int! status: Int error: String nextAt: DateTime milliseconds: Int }
enum WebhookState { PENDING SENDING DELIVERED FAILED }
type Webhook { url: String! state: WebhookState! nextAt: DateTime }
type WebhookSecret { createdAt: DateTime! previousEndsAt: DateTime }
type WebhookSecretRotated { secret: String! previousEndsAt: DateTime }
type WebhookSecretDeleted { at: DateTime! }
type WebhookResent { job: Job! }
union RotateWebhookSecretResult = WebhookSecretRotated | InvalidInput
union DeleteWebhookSecretResult = WebhookSecretDeleted | NotFound
union ResendWebhookResult = WebhookResent | NotFound | InvalidInput | TooManyAttempts
type ApiTokenDeleted { id: ID! }
union DeleteApiTokenResult = ApiTokenDeleted | NotFound
enum LimitScope { USER TOKEN NETWORK }
type RateLimitWindow {
  name: String! scope: LimitScope! length: Duration! limit: Int! used: Int! remaining: Int! nextAt: DateTime
  resetAt: DateTime!
}
type Concurrency { limit: Int! used: Int! }
type RateLimit { cost: Int! windows: [RateLimitWindow!]! concurrency: Concurrency }
type Plan {
  id: ID! name: String! unitsPerMinute: Int! unitsPerDay: Int! concurrentRequests: Int! maxApiTokens: Int!
  maxTokenLifetime: Duration! weight: Int! models: [String!]! modelLimits: [ModelLimit!]!
}
type ModelLimit { model: String! unitsPerMinute: Int unitsPerDay: Int }
enum UsageInterval { HOUR DAY MONTH }
type UsagePoint {
  start: DateTime! model: String calls: Count! failed: Count! units: Count! inferenceMs: Float!
  refusals: [RefusalCount!]!
}
type RefusalCount { code: ErrorCode! count: Count! }
enum Datatype { BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 BF16 FP32 FP64 BYTES }
type TensorSpec { name: String! datatype: Datatype! shape: [Int!]! optional: Boolean! }
type ModelExample { document: String! variables: String! }
type Model {
  id: ID! name: String! version: String versions: [String!]! ready: Boolean! description: String maxBatchSize: Int!
  streaming: Boolean! inputs: [TensorSpec!]! outputs: [TensorSpec!]! cost: Int! example: ModelExample
}
input TensorInput { name: String! shape: [Int!]! datatype: Datatype data: TensorDataInput! }
input TensorDataInput @oneOf { values: TensorData base64: String upload: Upload }
input TypedTensorInput { shape: [Int!] data: TensorDataInput! }
type Tensor { name: String! datatype: Datatype! shape: [Int!]! values: TensorData base64: String! }
type Inference { model: String! version: String! outputs: [Tensor!]! totalMs: Float! }
input ImageInput @oneOf { upload: Upload base64: String }
type Point { x: Float! y: Float! }
type TextLine { text: String! confidence: Float! outline: [Point!]! }
type TextReading {
  text: String! lines: [TextLine!]! width: Int! height: Int! rotation: Int! unreadLines: Int! totalMs: Float!
}
type DocumentReading { pageCount: Int! pages: [DocumentPage!]! }
type DocumentPage { number: Int! result: ReadTextResult! }
type ImageRefused implements UserError { code: ErrorCode! message: String! }
union ReadTextResult = TextReading | ImageRefused
enum Health { UP DEGRADED DOWN }
type Dependency { name: String! health: Health! }
type Service { version: String! health: Health! dependencies: [Dependency!]! }
type CaughtMail { subject: String! text: String! code: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type ModelEdge { cursor: String! node: Model! }
type ModelConnection { edges: [ModelEdge!]! nodes: [Model!]! pageInfo: PageInfo! totalCount: Int! }
type ApiTokenEdge { cursor: String! node: ApiToken! }
type ApiTokenConnection { edges: [ApiTokenEdge!]! nodes: [ApiToken!]! pageInfo: PageInfo! totalCount: Int! }
""")


def _members(definition) -> set[str]:
    """Its fields with their arguments, or its values or types; without descriptions and directives."""
    members = getattr(definition, "fields", None) or getattr(definition, "values", None) or definition.types
    return {_line(member) for member in members}


def _line(member) -> str:
    arguments = ", ".join(sorted(_line(argument) for argument in getattr(member, "arguments", None) or ()))
    kind = getattr(member, "type", None)
    default = getattr(member, "default_value", None)
    line = f"{member.name.value}({arguments})" if arguments else member.name.value
    line += f": {print_ast(kind)}" if kind else ""
    return line + (f" = {print_ast(default)}" if default else "")


@pytest.mark.parametrize("promised", PROMISED.definitions, ids=lambda definition: definition.name.value)
def test_what_was_promised_is_kept(promised):
    kept = DEFINITIONS[promised.name.value]

    assert _members(promised) - _members(kept) == set()
    assert {print_ast(each) for each in promised.directives or ()} <= {
        print_ast(each) for each in kept.directives or ()
    }
    assert type(promised) is type(kept)
