// The operations of users who cannot log in yet. The account panel of GraphiQL and the pages that links in emails open
// send them. Add REFUSAL to each.

export const VERIFY = `mutation ($code: String!) {
  result: verifyEmail(code: $code) { ... on EmailVerified { email } ...refusal }
}`;
export const RESEND = `mutation ($email: String!) {
  result: resendVerification(email: $email) { ... on MailAccepted { email } ...refusal }
}`;
export const REQUEST_RESET = `mutation ($email: String!) {
  result: requestPasswordReset(email: $email) { ... on MailAccepted { email } ...refusal }
}`;
export const RESET = `mutation ($code: String!, $newPassword: String!) {
  result: resetPassword(code: $code, newPassword: $newPassword) { ... on PasswordChanged { at } ...refusal }
}`;
export const REFUSAL = `
fragment refusal on UserError {
  code
  message
  ... on TooManyAttempts { retryAfterSeconds }
  ... on InvalidInput { problems { code message } }
}`;
