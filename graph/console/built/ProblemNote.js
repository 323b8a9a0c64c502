import{a as e,n as t,o as n,s as r,t as i,u as a}from"./clsx.js";var o=a(r(),1),s=n(),c=o.createContext(void 0),l=e=>{let t=o.useContext(c);if(e)return e;if(!t)throw Error(`No QueryClient set, use QueryClientProvider to set one`);return t},u=({client:e,children:t})=>(o.useEffect(()=>(e.mount(),()=>{e.unmount()}),[e]),(0,s.jsx)(c.Provider,{value:e,children:t})),d=class{constructor(){this.listeners=new Set,this.subscribe=this.subscribe.bind(this)}subscribe(e){return this.listeners.add(e),this.onSubscribe(),()=>{this.listeners.delete(e),this.onUnsubscribe()}}hasListeners(){return this.listeners.size>0}onSubscribe(){}onUnsubscribe(){}},f=new class extends d{#e;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e();return window.addEventListener(`visibilitychange`,t,!1),()=>{window.removeEventListener(`visibilitychange`,t)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(e=>{typeof e==`boolean`?this.setFocused(e):this.onFocus()})}setFocused(e){this.#e!==e&&(this.#e=e,this.onFocus())}onFocus(){let e=this.isFocused();this.listeners.forEach(t=>{t(e)})}isFocused(){return typeof this.#e==`boolean`?this.#e:globalThis.document?.visibilityState!==`hidden`}},p={setTimeout:(e,t)=>setTimeout(e,t),clearTimeout:e=>clearTimeout(e),setInterval:(e,t)=>setInterval(e,t),clearInterval:e=>clearInterval(e)},m=new class{#e=p;setTimeoutProvider(e){this.#e=e}setTimeout(e,t){return this.#e.setTimeout(e,t)}clearTimeout(e){this.#e.clearTimeout(e)}setInterval(e,t){return this.#e.setInterval(e,t)}clearInterval(e){this.#e.clearInterval(e)}};function h(e){setTimeout(e,0)}var g=typeof window>`u`||`Deno`in globalThis;function _(){}function v(e,t){return typeof e==`function`?e(t):e}function y(e){return typeof e==`number`&&e>=0&&e!==1/0}function b(e,t){return Math.max(e+(t||0)-Date.now(),0)}function ee(e,t){return typeof e==`function`?e(t):e}function x(e,t){let{type:n=`all`,exact:r,fetchStatus:i,predicate:a,queryKey:o,stale:s}=e;if(o){if(r){if(t.queryHash!==C(o,t.options))return!1}else if(!T(t.queryKey,o))return!1}if(n!==`all`){let e=t.isActive();if(n===`active`&&!e||n===`inactive`&&e)return!1}return!(typeof s==`boolean`&&t.isStale()!==s||i&&i!==t.state.fetchStatus||a&&!a(t))}function S(e,t){let{exact:n,status:r,predicate:i,mutationKey:a}=e;if(a){if(!t.options.mutationKey)return!1;if(n){if(w(t.options.mutationKey)!==w(a))return!1}else if(!T(t.options.mutationKey,a))return!1}return!(r&&t.state.status!==r||i&&!i(t))}function C(e,t){return(t?.queryKeyHashFn||w)(e)}function w(e){return JSON.stringify(e,(e,t)=>ie(t)?Object.keys(t).sort().reduce((e,n)=>(e[n]=t[n],e),{}):t)}function T(e,t){if(e===t)return!0;if(typeof e!=typeof t)return!1;if(e&&t&&typeof e==`object`&&typeof t==`object`){if(Array.isArray(e)!==Array.isArray(t))return!1;if(Array.isArray(e)&&Array.isArray(t)){if(t.length>e.length)return!1;for(let n=0;n<t.length;n++)if(!T(e[n],t[n]))return!1;return!0}let n=Object.keys(t);for(let r of n)if(!T(e[r],t[r]))return!1;return!0}return!1}var E=Object.prototype.hasOwnProperty;function te(e,t,n=0){if(e===t)return e;if(n>500)return t;let r=re(e)&&re(t);if(!r&&!(ie(e)&&ie(t)))return t;let i=(r?e:Object.keys(e)).length,a=r?t:Object.keys(t),o=a.length,s=r?Array(o):{},c=0;for(let l=0;l<o;l++){let o=r?l:a[l],u=e[o],d=t[o];if(u===d){s[o]=u,(r?l<i:E.call(e,o))&&c++;continue}if(u===null||d===null||typeof u!=`object`||typeof d!=`object`){s[o]=d;continue}let f=te(u,d,n+1);s[o]=f,f===u&&c++}return i===o&&c===i?e:s}function ne(e,t){if(!t||Object.keys(e).length!==Object.keys(t).length)return!1;for(let n of Object.keys(e))if(!E.call(t,n)||e[n]!==t[n])return!1;return!0}function re(e){return Array.isArray(e)&&e.length===Object.keys(e).length}function ie(e){if(!ae(e))return!1;let t=Object.getPrototypeOf(e),n=t?.constructor;if(n===void 0)return!0;if(typeof n!=`function`)return!1;let r=n.prototype;return!(!ae(r)||!r.hasOwnProperty(`isPrototypeOf`)||t!==Object.prototype)}function ae(e){return Object.prototype.toString.call(e)===`[object Object]`}function oe(e){return new Promise(t=>{m.setTimeout(t,e)})}function se(e,t,n){return typeof n.structuralSharing==`function`?n.structuralSharing(e,t):n.structuralSharing===!1?t:te(e,t)}function ce(e){return e}function le(e,t,n,r){let i=r?[t,...e]:[...e,t];return n&&i.length>n?r?i.slice(0,n):i.slice(-n):i}var ue=Symbol();function de(e,t){return!e.queryFn&&t?.initialPromise?()=>t.initialPromise:!e.queryFn||e.queryFn===ue?()=>Promise.reject(Error(`Missing queryFn: '${e.queryHash}'`)):e.queryFn}function fe(e,t){return typeof e==`function`?e(...t):!!e}var pe=Symbol();function me(e,t,n,r){let i=!1,a;return Object.defineProperties(e,{[pe]:{value:r},signal:{enumerable:!0,get:()=>(a??=t(),i||(i=!0,a.aborted?n():a.addEventListener(`abort`,n,{once:!0})),a)}}),e}var he=()=>g,ge=()=>he(),_e=h;function ve(){let e=[],t=0,n=e=>{e()},r=e=>{e()},i=_e,a=r=>{t?e.push(r):i(()=>{n(r)})},o=()=>{let t=e;e=[],t.length&&i(()=>{r(()=>{t.forEach(e=>{n(e)})})})};return{batch:e=>{let n;t++;try{n=e()}finally{t--,t||o()}return n},batchCalls:e=>(...t)=>{a(()=>{e(...t)})},schedule:a,setNotifyFunction:e=>{n=e},setBatchNotifyFunction:e=>{r=e},setScheduler:e=>{i=e}}}var ye=ve(),be=class{#e;destroy(){this.clearGcTimeout()}scheduleGc(){this.clearGcTimeout(),y(this.gcTime)&&(this.#e=m.setTimeout(()=>{this.optionalRemove()},this.gcTime))}updateGcTime(e){this.gcTime=Math.max(this.gcTime||0,e??(ge()?1/0:3e5))}clearGcTimeout(){this.#e!==void 0&&(m.clearTimeout(this.#e),this.#e=void 0)}},xe=new class extends d{#e=!0;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e(!0),n=()=>e(!1);return window.addEventListener(`online`,t,!1),window.addEventListener(`offline`,n,!1),()=>{window.removeEventListener(`online`,t),window.removeEventListener(`offline`,n)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(this.setOnline.bind(this))}setOnline(e){this.#e!==e&&(this.#e=e,this.listeners.forEach(t=>{t(e)}))}isOnline(){return this.#e}};function Se(e){return Math.min(1e3*2**e,3e4)}function Ce(e){return(e??`online`)!==`online`||xe.isOnline()}var we=class extends Error{constructor(e){super(`CancelledError`),this.revert=e?.revert,this.silent=e?.silent}};function Te(e){let t=!1,n=0,r,i=`pending`,a,o,s=new Promise((e,t)=>{a=e,o=t});s.catch(_);let c=()=>i!==`pending`,l=t=>{if(!c()){let n=new we(t);g(n),e.onCancel?.(n)}},u=()=>{t=!0},d=()=>{t=!1},p=()=>f.isFocused()&&(e.networkMode===`always`||xe.isOnline())&&e.canRun(),m=()=>Ce(e.networkMode)&&e.canRun(),h=e=>{c()||(r?.(),i=`resolved`,a(e))},g=e=>{c()||(r?.(),i=`rejected`,o(e))},v=t=>new Promise(n=>{r=e=>{(c()||t())&&n(e)},e.onPause?.()}).then(()=>{r=void 0,c()||e.onContinue?.()}),y=()=>{if(c())return;let r,i=n===0?e.initialPromise:void 0;try{r=i??e.fn()}catch(e){r=Promise.reject(e)}Promise.resolve(r).then(h).catch(r=>{if(c())return;let i=e.retry??(ge()?0:3),a=e.retryDelay??Se,o=typeof a==`function`?a(n,r):a,s=i===!0||typeof i==`number`&&n<i||typeof i==`function`&&i(n,r);t||!s?g(r):(n++,e.onFail?.(n,r),oe(o).then(()=>c()||p()?void 0:v(p)).then(()=>{t?g(r):y()}))})};return{promise:s,status:()=>i,cancel:l,continue:()=>(r?.(),s),cancelRetry:u,continueRetry:d,canStart:m,start:()=>(m()?y():v(m).then(y),s)}}var Ee=document.querySelector(`meta[name="gatehouse-root"]`),De=new URL(Ee?.content??`/`,window.location.href),Oe={catchesMails:document.querySelector(`meta[name="gatehouse-catches-mails"]`)?.content===`true`,passwordMinLength:Number(document.querySelector(`meta[name="gatehouse-password-min-length"]`)?.content??15),hasGraphiql:document.querySelector(`meta[name="gatehouse-graphiql"]`)?.content===`true`},D=class extends String{__apiType;value;__meta__;constructor(e,t){super(e),this.value=e,this.__meta__=t}toString(){return this.value}};new D(`
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
    `,{fragmentName:`refusal`}),new D(`
    fragment session on Session {
  id
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  current
}
    `,{fragmentName:`session`}),new D(`
    fragment event on AuditEvent {
  id
  at
  action
  actorKind
  actor {
    id
    email
  }
  subject
  ipAddress
  userAgent
  detail
  changes {
    field
    before
    after
  }
}
    `,{fragmentName:`event`}),new D(`
    fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}
    `,{fragmentName:`managed`}),new D(`
    fragment plan on Plan {
  id
  name
  unitsPerMinute
  unitsPerDay
  concurrentRequests
  maxApiTokens
  maxTokenLifetime
  weight
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}
    `,{fragmentName:`plan`}),new D(`
    fragment job on Job {
  id
  state
  model
  createdAt
  startedAt
  endedAt
  expiresAt
  units
  error {
    code
    message
  }
}
    `,{fragmentName:`job`}),new D(`
    fragment declaration on TensorSpec {
  name
  datatype
  shape
  optional
}
    `,{fragmentName:`declaration`}),new D(`
    fragment tensor on Tensor {
  name
  datatype
  shape
  values
  base64 @include(if: $withBytes)
}
    `,{fragmentName:`tensor`}),new D(`
    fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}
    `,{fragmentName:`spent`}),new D(`
    fragment reading on TextReading {
  text
  width
  height
  rotation
  unreadLines
  totalMs
  lines {
    text
    confidence
    outline {
      x
      y
    }
  }
}
    `,{fragmentName:`reading`}),new D(`
    fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}
    `,{fragmentName:`token`}),new D(`
    fragment point on UsagePoint {
  start
  model
  calls
  failed
  units
  inferenceMs
  refusals {
    code
    count
  }
}
    `,{fragmentName:`point`}),new D(`
    fragment account on User {
  id
  email
  displayName
  locale
  role
}
    `,{fragmentName:`account`});var ke=new D(`
    query Account {
  me {
    ...account
    twoFactor
    createdAt
    plan {
      id
      name
      unitsPerMinute
      unitsPerDay
      concurrentRequests
      maxApiTokens
    }
    sessions {
      ...session
    }
  }
}
    fragment session on Session {
  id
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  current
}
fragment account on User {
  id
  email
  displayName
  locale
  role
}`),Ae=new D(`
    query SecurityEvents($first: Int!, $after: String) {
  me {
    id
    securityEvents(first: $first, after: $after) {
      nodes {
        ...event
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment event on AuditEvent {
  id
  at
  action
  actorKind
  actor {
    id
    email
  }
  subject
  ipAddress
  userAgent
  detail
  changes {
    field
    before
    after
  }
}`),je=new D(`
    mutation UpdateProfile($input: ProfileInput!) {
  result: updateProfile(input: $input) {
    ... on ProfileUpdated {
      user {
        ...account
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment account on User {
  id
  email
  displayName
  locale
  role
}`),Me=new D(`
    mutation ChangePassword($currentPassword: String!, $newPassword: String!) {
  result: changePassword(
    currentPassword: $currentPassword
    newPassword: $newPassword
  ) {
    ... on PasswordChanged {
      at
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Ne=new D(`
    mutation RequestEmailChange($newEmail: String!, $password: String!) {
  result: requestEmailChange(newEmail: $newEmail, password: $password) {
    ... on MailAccepted {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Pe=new D(`
    mutation RevokeSession($id: ID!) {
  result: revokeSession(id: $id) {
    ... on SessionRevoked {
      session {
        id
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Fe=new D(`
    mutation RevokeOtherSessions {
  result: revokeOtherSessions {
    count
  }
}
    `),Ie=new D(`
    mutation EnrolTwoFactor($password: String!) {
  result: enrolTwoFactor(password: $password) {
    ... on TwoFactorOffered {
      uri
      recoveryCodes
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Le=new D(`
    mutation ConfirmTwoFactor($code: String!) {
  result: confirmTwoFactor(code: $code) {
    ... on TwoFactorChanged {
      enabled
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Re=new D(`
    mutation DisableTwoFactor($password: String!, $code: String!) {
  result: disableTwoFactor(password: $password, code: $code) {
    ... on TwoFactorChanged {
      enabled
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),ze=new D(`
    mutation ExportAccount($password: String!) {
  result: exportAccount(password: $password) {
    ... on AccountExported {
      url
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Be=new D(`
    mutation DeleteAccount($password: String!) {
  result: deleteAccount(password: $password) {
    ... on AccountDeleted {
      at
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Ve=new D(`
    query WebhookSecret {
  me {
    id
    webhookSecret {
      createdAt
      previousEndsAt
    }
  }
}
    `),He=new D(`
    mutation RotateWebhookSecret($keepOldFor: Duration!) {
  result: rotateWebhookSecret(keepOldFor: $keepOldFor) {
    ... on WebhookSecretRotated {
      secret
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Ue=new D(`
    mutation DeleteWebhookSecret {
  result: deleteWebhookSecret {
    ... on WebhookSecretDeleted {
      at
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),We=new D(`
    query Users($first: Int!, $after: String, $search: String, $state: UserState, $plan: String) {
  users(first: $first, after: $after, search: $search, state: $state, plan: $plan) {
    nodes {
      ...managed
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}`),Ge=new D(`
    query UserDetails($id: ID!, $from: Date!, $to: Date!) {
  user(id: $id) {
    ...managed
    usage(from: $from, to: $to, interval: MONTH) {
      calls
      failed
      units
    }
    apiTokens(first: 100, includeEnded: true) {
      nodes {
        ...token
      }
      totalCount
    }
  }
  auditEvents(first: 20, userId: $id) {
    nodes {
      ...event
    }
  }
}
    fragment event on AuditEvent {
  id
  at
  action
  actorKind
  actor {
    id
    email
  }
  subject
  ipAddress
  userAgent
  detail
  changes {
    field
    before
    after
  }
}
fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),Ke=new D(`
    query Plans {
  plans {
    ...plan
  }
}
    fragment plan on Plan {
  id
  name
  unitsPerMinute
  unitsPerDay
  concurrentRequests
  maxApiTokens
  maxTokenLifetime
  weight
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}`),qe=new D(`
    query AuditLog($first: Int!, $after: String, $action: String) {
  auditEvents(first: $first, after: $after, action: $action) {
    nodes {
      ...event
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment event on AuditEvent {
  id
  at
  action
  actorKind
  actor {
    id
    email
  }
  subject
  ipAddress
  userAgent
  detail
  changes {
    field
    before
    after
  }
}`),Je=new D(`
    mutation SuspendUser($id: ID!, $reason: String!) {
  result: suspendUser(id: $id, reason: $reason) {
    ... on UserSuspended {
      user {
        ...managed
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}`),Ye=new D(`
    mutation ReinstateUser($id: ID!) {
  result: reinstateUser(id: $id) {
    ... on UserReinstated {
      user {
        ...managed
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}`),Xe=new D(`
    mutation SetUserPlan($id: ID!, $plan: String!) {
  result: setUserPlan(id: $id, plan: $plan) {
    ... on UserPlanSet {
      user {
        ...managed
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}`),Ze=new D(`
    mutation SetUserRole($id: ID!, $role: Role!) {
  result: setUserRole(id: $id, role: $role) {
    ... on UserRoleSet {
      user {
        ...managed
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment managed on User {
  id
  email
  displayName
  emailVerifiedAt
  suspendedAt
  role
  createdAt
  plan {
    id
    name
  }
}`),Qe=new D(`
    mutation RevokeUserApiToken($id: ID!) {
  result: revokeUserApiToken(id: $id) {
    ... on ApiTokenRevoked {
      apiToken {
        ...token
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),$e=new D(`
    mutation SavePlan($input: PlanInput!) {
  result: savePlan(input: $input) {
    ... on PlanSaved {
      plan {
        ...plan
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment plan on Plan {
  id
  name
  unitsPerMinute
  unitsPerDay
  concurrentRequests
  maxApiTokens
  maxTokenLifetime
  weight
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}`),et=new D(`
    mutation Register($input: RegisterInput!) {
  result: register(input: $input) {
    ... on MailAccepted {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),tt=new D(`
    mutation VerifyEmail($code: String!) {
  result: verifyEmail(code: $code) {
    ... on EmailVerified {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),nt=new D(`
    mutation ResendVerification($email: String!) {
  result: resendVerification(email: $email) {
    ... on MailAccepted {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),rt=new D(`
    mutation Login($email: String!, $password: String!) {
  result: login(input: { email: $email, password: $password, cookie: true }) {
    __typename
    ... on LoggedIn {
      user {
        ...account
      }
    }
    ... on SecondFactorNeeded {
      challenge
      expiresAt
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment account on User {
  id
  email
  displayName
  locale
  role
}`),it=new D(`
    mutation CompleteLogin($challenge: String!, $code: String!) {
  result: completeLogin(challenge: $challenge, code: $code, cookie: true) {
    ... on LoggedIn {
      user {
        ...account
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment account on User {
  id
  email
  displayName
  locale
  role
}`),at=new D(`
    mutation RequestPasswordReset($email: String!) {
  result: requestPasswordReset(email: $email) {
    ... on MailAccepted {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),ot=new D(`
    mutation ResetPassword($code: String!, $newPassword: String!) {
  result: resetPassword(code: $code, newPassword: $newPassword) {
    ... on PasswordChanged {
      at
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),st=new D(`
    mutation ConfirmEmailChange($code: String!) {
  result: confirmEmailChange(code: $code) {
    ... on EmailChanged {
      email
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),ct=new D(`
    query CaughtMail($email: String!) {
  caughtMail(email: $email) {
    subject
    text
    code
  }
}
    `),lt=new D(`
    mutation CreateJob($input: JobInput!) {
  result: createJob(input: $input) {
    ... on JobAccepted {
      job {
        id
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),ut=new D(`
    mutation CancelJob($id: ID!) {
  result: cancelJob(id: $id) {
    ... on JobCancelled {
      job {
        ...job
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment job on Job {
  id
  state
  model
  createdAt
  startedAt
  endedAt
  expiresAt
  units
  error {
    code
    message
  }
}`),dt=new D(`
    query Jobs($first: Int!, $after: String) {
  me {
    id
    jobs(first: $first, after: $after) {
      nodes {
        id
        state
        model
        createdAt
        endedAt
        units
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `),ft=new D(`
    query JobResult($id: ID!, $withBytes: Boolean!) {
  job(id: $id) {
    ...job
    result {
      totalMs
      version
      outputs {
        ...tensor
      }
    }
  }
}
    fragment job on Job {
  id
  state
  model
  createdAt
  startedAt
  endedAt
  expiresAt
  units
  error {
    code
    message
  }
}
fragment tensor on Tensor {
  name
  datatype
  shape
  values
  base64 @include(if: $withBytes)
}`),pt=new D(`
    subscription JobChanges($id: ID!) {
  job(id: $id) {
    ...job
    position
  }
}
    fragment job on Job {
  id
  state
  model
  createdAt
  startedAt
  endedAt
  expiresAt
  units
  error {
    code
    message
  }
}`),mt=new D(`
    query JobWebhook($id: ID!) {
  job(id: $id) {
    id
    webhook {
      url
      state
    }
    webhookDeliveries {
      attempt
      at
      status
      error
    }
  }
}
    `),ht=new D(`
    mutation ResendWebhook($jobId: ID!) {
  result: resendWebhook(jobId: $jobId) {
    ... on WebhookResent {
      job {
        id
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),gt=new D(`
    query Models($first: Int!, $after: String) {
  models(first: $first, after: $after) {
    nodes {
      id
      name
      description
      ready
      cost
      streams
      uncallableReason
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    `),_t=new D(`
    query ModelDetails($name: String!) {
  model(name: $name) {
    id
    name
    version
    versions
    ready
    description
    maxBatchSize
    streams
    uncallableReason
    cost
    inputs {
      ...declaration
    }
    outputs {
      ...declaration
    }
    example {
      document
      variables
    }
  }
}
    fragment declaration on TensorSpec {
  name
  datatype
  shape
  optional
}`),vt=new D(`
    query Infer($model: String!, $inputs: [TensorInput!]!, $withBytes: Boolean!) {
  infer(model: $model, inputs: $inputs) {
    model
    version
    totalMs
    outputs {
      ...tensor
    }
  }
  rateLimit {
    ...spent
  }
}
    fragment tensor on Tensor {
  name
  datatype
  shape
  values
  base64 @include(if: $withBytes)
}
fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}`),yt=new D(`
    subscription InferStream($model: String!, $inputs: [TensorInput!]!, $withBytes: Boolean!) {
  infer(model: $model, inputs: $inputs) {
    __typename
    ... on InferenceChunk {
      index
      outputs {
        ...tensor
      }
    }
    ... on InferenceDone {
      chunks
      units
      milliseconds
    }
  }
}
    fragment tensor on Tensor {
  name
  datatype
  shape
  values
  base64 @include(if: $withBytes)
}`),bt=new D(`
    query ReadText($image: ImageInput!) {
  readText(image: $image) {
    ...reading
  }
  rateLimit {
    ...spent
  }
}
    fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}
fragment reading on TextReading {
  text
  width
  height
  rotation
  unreadLines
  totalMs
  lines {
    text
    confidence
    outline {
      x
      y
    }
  }
}`),xt=new D(`
    query ReadDocument($file: ImageInput!, $pages: [Int!]!) {
  readDocument(file: $file, pages: $pages) {
    pageCount
    pages {
      number
      result {
        __typename
        ...reading
        ... on ImageRefused {
          code
          message
        }
      }
    }
  }
  rateLimit {
    ...spent
  }
}
    fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}
fragment reading on TextReading {
  text
  width
  height
  rotation
  unreadLines
  totalMs
  lines {
    text
    confidence
    outline {
      x
      y
    }
  }
}`),St=new D(`
    query Tokens($first: Int!, $after: String, $includeEnded: Boolean!, $search: String) {
  me {
    id
    plan {
      id
      maxApiTokens
      maxTokenLifetime
      unitsPerMinute
    }
    apiTokens(
      first: $first
      after: $after
      includeEnded: $includeEnded
      search: $search
    ) {
      nodes {
        ...token
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
}
    fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),Ct=new D(`
    query TokenRefusals($id: ID!) {
  me {
    id
    apiToken(id: $id) {
      id
      refusals(last: 20) {
        at
        code
        count
        operation
        window
        seenFrom
        message
      }
    }
  }
}
    `),wt=new D(`
    mutation CreateApiToken($input: CreateApiTokenInput!) {
  result: createApiToken(input: $input) {
    ... on ApiTokenCreated {
      token
      apiToken {
        ...token
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),Tt=new D(`
    mutation RotateApiToken($id: ID!, $keepOldFor: Duration!) {
  result: rotateApiToken(id: $id, keepOldFor: $keepOldFor) {
    ... on ApiTokenCreated {
      token
      apiToken {
        ...token
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),Et=new D(`
    mutation RevokeApiToken($id: ID!) {
  result: revokeApiToken(id: $id) {
    ... on ApiTokenRevoked {
      apiToken {
        ...token
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),Dt=new D(`
    mutation DeleteApiToken($id: ID!) {
  result: deleteApiToken(id: $id) {
    ... on ApiTokenDeleted {
      id
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}`),Ot=new D(`
    mutation UpdateApiToken($id: ID!, $input: UpdateApiTokenInput!) {
  result: updateApiToken(id: $id, input: $input) {
    ... on ApiTokenUpdated {
      apiToken {
        ...token
      }
    }
    ...refusal
  }
}
    fragment refusal on UserError {
  __typename
  code
  message
  ... on TooManyAttempts {
    retryAfterSeconds
  }
  ... on InvalidInput {
    problems {
      path
      code
      message
    }
  }
  ... on LimitReached {
    limit
  }
}
fragment token on ApiToken {
  id
  name
  hint
  scopes
  models
  allowedNetworks
  unitsPerMinute
  status
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
  lastUsedIpAddress
}`),kt=new D(`
    query Left {
  models(first: 1) {
    totalCount
  }
  rateLimit(dryRun: true) {
    windows {
      name
      model
      scope
      length
      limit
      used
      remaining
      resetAt
    }
    concurrency {
      limit
      used
    }
  }
}
    `),At=new D(`
    query Usage($from: Date!, $to: Date!, $interval: UsageInterval!, $byModel: Boolean!) {
  me {
    id
    usage(from: $from, to: $to, interval: $interval, byModel: $byModel) {
      ...point
    }
  }
}
    fragment point on UsagePoint {
  start
  model
  calls
  failed
  units
  inferenceMs
  refusals {
    code
    count
  }
}`),jt=new D(`
    query UsageByToken($from: Date!, $to: Date!, $first: Int!) {
  me {
    id
    apiTokens(first: $first, includeEnded: true) {
      nodes {
        id
        name
        hint
        usage(from: $from, to: $to, interval: MONTH) {
          calls
          failed
          units
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}
    `),Mt=new D(`
    query ExportUsage($month: String!) {
  exportUsage(month: $month) {
    url
  }
}
    `),Nt=new D(`
    query Session {
  me {
    ...account
  }
}
    fragment account on User {
  id
  email
  displayName
  locale
  role
}`),Pt=new D(`
    mutation Logout {
  logout {
    at
  }
}
    `),O=class extends Error{code;retryAfterSeconds;requestId;constructor(e,t,n,r){super(t),this.code=e,this.retryAfterSeconds=n,this.requestId=r}};function Ft(e){return e instanceof O&&It.has(e.code)}var It=new Set([`UNREACHABLE`,`SERVICE_UNAVAILABLE`,`DEADLINE_EXCEEDED`]);function Lt({message:e,extensions:t}){return new O(t?.code??`INTERNAL`,e,t?.retryAfterSeconds,t?.requestId)}function Rt(e,t=`variables`){return e instanceof Blob?[{path:t,file:e}]:typeof e!=`object`||!e?[]:Object.entries(e).flatMap(([e,n])=>Rt(n,`${t}.${e}`))}var zt=`application/graphql-response+json, application/json`;async function Bt(e,t,n,{signal:r,isHarmless:i=()=>!1}={}){let{data:a,errors:o}=await Vt(e,t.toString(),n,r),s=o?.find(e=>!i(e));if(s)throw Lt(s);if(!a)throw new O(`INTERNAL`,`The answer has no data.`);return a}async function Vt(e,t,n,r){let{endpoint:i,credentials:a}=e,o;try{o=await fetch(i,{method:`POST`,credentials:a,signal:r,...Ht(e,t,n)})}catch(e){throw r?.aborted?e:new O(`UNREACHABLE`,`The service cannot be reached.`)}let s=await Ut(o);if(!s)throw new O(`UNREACHABLE`,`The answer is not from Gatehouse (status ${o.status}).`);return s}function Ht({headers:e},t,n){let r=Rt(n);if(!r.length)return{headers:{...e,Accept:zt,"Content-Type":`application/json`},body:JSON.stringify({query:t,variables:n})};let i=new FormData;return i.append(`operations`,JSON.stringify({query:t,variables:n},(e,t)=>t instanceof Blob?null:t)),i.append(`map`,JSON.stringify(Object.fromEntries(r.map(({path:e},t)=>[t,[e]])))),r.forEach(({file:e},t)=>i.append(String(t),e)),{headers:{...e,Accept:zt},body:i}}async function Ut(e){try{let t=await e.json();return t.data||t.errors?.length?t:null}catch{return null}}var Wt={endpoint:new URL(`graphql`,De),headers:{"GraphQL-Require-Preflight":`1`},credentials:`same-origin`};function Gt(e,t,n){return Bt(Wt,e,t,{signal:n})}function Kt(e){if(e==null)throw new O(`UNAUTHENTICATED`,`The session has ended.`);return e}function qt({title:e,lead:t,actions:n,children:r}){let i=(0,o.useRef)(null);return(0,o.useEffect)(()=>{document.title=`${e} · Gatehouse`},[e]),(0,o.useEffect)(()=>i.current?.focus({preventScroll:!0}),[]),(0,s.jsxs)(s.Fragment,{children:[(0,s.jsxs)(`header`,{className:`page-head`,children:[(0,s.jsx)(`h1`,{ref:i,tabIndex:-1,children:e}),n]}),t&&(0,s.jsx)(`p`,{className:`lead`,children:t}),r]})}function Jt(e){return e!==null&&`code`in e&&`message`in e}function Yt(e){return{code:e.code,message:e.message,retryAfterSeconds:e.__typename===`TooManyAttempts`?e.retryAfterSeconds:void 0,inputs:e.__typename===`InvalidInput`?e.problems:[],limit:e.__typename===`LimitReached`?e.limit:void 0}}function Xt(e){if(!(e instanceof O))throw e;return{code:e.code,message:e.message,retryAfterSeconds:e.retryAfterSeconds,requestId:e.requestId,inputs:[]}}function k(...e){return(...t)=>{for(let n of e)typeof n==`function`&&n(...t)}}var A=typeof document<`u`?o.useLayoutEffect:()=>{},Zt={prefix:String(Math.round(Math.random()*1e10)),current:0},Qt=o.createContext(Zt),$t=o.createContext(!1);typeof window<`u`&&window.document&&window.document.createElement;var en=new WeakMap;function tn(e=!1){let t=(0,o.useContext)(Qt),n=(0,o.useRef)(null);if(n.current===null&&!e){let e=o.default.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED?.ReactCurrentOwner?.current;if(e){let n=en.get(e);n==null?en.set(e,{id:t.current,state:e.memoizedState}):e.memoizedState!==n.state&&(t.current=n.id,en.delete(e))}n.current=++t.current}return n.current}function nn(e){let t=(0,o.useContext)(Qt),n=tn(!!e),r=`react-aria${t.prefix}`;return e||`${r}-${n}`}function rn(e){let t=o.useId(),[n]=(0,o.useState)(ln()),r=n?`react-aria`:`react-aria${Zt.prefix}`;return e||`${r}-${t}`}var an=typeof o.useId==`function`?rn:nn;function on(){return!1}function sn(){return!0}function cn(e){return()=>{}}function ln(){return typeof o.useSyncExternalStore==`function`?o.useSyncExternalStore(cn,on,sn):(0,o.useContext)($t)}function un(e){let[t,n]=(0,o.useState)(e),r=(0,o.useRef)(t),i=(0,o.useRef)(null),a=(0,o.useRef)(()=>{if(!i.current)return;let e=i.current.next();e.done?i.current=null:r.current===e.value?a.current():n(e.value)});return A(()=>{r.current=t,i.current&&a.current()}),[t,(0,o.useCallback)(e=>{i.current=e(r.current),a.current()},[a])]}var dn=!!(typeof window<`u`&&window.document&&window.document.createElement),j=new Map,M;typeof FinalizationRegistry<`u`&&(M=new FinalizationRegistry(e=>{j.delete(e)}));var fn=new WeakMap;function pn(e){let[t,n]=(0,o.useState)(e),r=(0,o.useRef)(null),i=an(t),a=(0,o.useRef)(null),s=fn.get(a);if(M&&s!==i&&(s!=null&&M.unregister(a),M.register(a,i,a),fn.set(a,i)),dn){let e=j.get(i);e&&!e.includes(r)?e.push(r):j.set(i,[r])}return A(()=>{let e=i;return()=>{M&&(M.unregister(a),fn.delete(a)),j.delete(e)}},[i]),(0,o.useEffect)(()=>{let e=r.current;return e&&n(e),()=>{e&&(r.current=null)}}),i}function mn(e,t){if(e===t)return e;let n=j.get(e);if(n)return n.forEach(e=>e.current=t),t;let r=j.get(t);return r?(r.forEach(t=>t.current=e),e):t}function hn(e=[]){let t=pn(),[n,r]=un(t),i=(0,o.useCallback)(()=>{r(function*(){yield t,yield document.getElementById(t)?t:void 0})},[t,r]);return A(i,[t,i,...e]),n}function gn(...e){return e.length===1&&e[0]?e[0]:t=>{let n=!1,r=e.map(e=>{let r=_n(e,t);return n||=typeof r==`function`,r});if(n)return()=>{r.forEach((t,n)=>{typeof t==`function`?t():_n(e[n],null)})}}}function _n(e,t){if(typeof e==`function`)return e(t);e!=null&&(e.current=t)}function N(...e){let t={...e[0]};for(let n=1;n<e.length;n++){let r=e[n];for(let e in r){let n=t[e],a=r[e];typeof n==`function`&&typeof a==`function`&&e[0]===`o`&&e[1]===`n`&&e.charCodeAt(2)>=65&&e.charCodeAt(2)<=90?t[e]=k(n,a):(e===`className`||e===`UNSAFE_className`)&&typeof n==`string`&&typeof a==`string`?t[e]=i(n,a):e===`id`&&n&&a?t.id=mn(n,a):e===`ref`&&n&&a?t.ref=gn(n,a):t[e]=a===void 0?n:a}}return t}function vn(e){let t=(0,o.useRef)(null),n=(0,o.useRef)(void 0),r=(0,o.useCallback)(t=>{if(typeof e==`function`){let n=e,r=n(t);return()=>{typeof r==`function`?r():n(null)}}if(e)return e.current=t,()=>{e.current=null}},[e]);return(0,o.useMemo)(()=>({get current(){return t.current},set current(e){t.current=e,n.current&&=(n.current(),void 0),e!=null&&(n.current=r(e))}}),[r])}e();var yn=Symbol(`default`);function bn({values:e,children:t}){for(let[n,r]of e)t=o.createElement(n.Provider,{value:r},t);return t}function xn(e){let{className:t,style:n,children:r,defaultClassName:i,defaultChildren:a,defaultStyle:s,values:c,render:l}=e;return(0,o.useMemo)(()=>{let e,o,u;return e=typeof t==`function`?t({...c,defaultClassName:i}):t,o=typeof n==`function`?n({...c,defaultStyle:s||{}}):n,u=typeof r==`function`?r({...c,defaultChildren:a}):r??a,{className:e??i,style:o||s?{...s,...o}:void 0,children:u??a,"data-rac":``,render:l?e=>l(e,c):void 0}},[t,n,r,i,a,s,c,l])}function Sn(e,t){let n=(0,o.useContext)(e);if(t===null)return null;if(n&&typeof n==`object`&&`slots`in n&&n.slots){let e=t||yn;if(!n.slots[e]){let e=new Intl.ListFormat().format(Object.keys(n.slots).map(e=>`"${e}"`)),r=t?`Invalid slot "${t}".`:`A slot prop is required.`;throw Error(`${r} Valid slot names are ${e}.`)}return n.slots[e]}return n}function Cn(e,t,n){let{ref:r,...i}=Sn(n,e.slot)||{},a=vn((0,o.useMemo)(()=>gn(t,r),[t,r])),s=N(i,e);return`style`in i&&i.style&&`style`in e&&e.style&&(s.style=typeof i.style==`function`||typeof e.style==`function`?t=>{let n=typeof i.style==`function`?i.style(t):i.style,r={...t.defaultStyle,...n},a=typeof e.style==`function`?e.style({...t,defaultStyle:r}):e.style;return{...r,...a}}:{...i.style,...e.style}),[s,a]}function wn(e=!0){let[t,n]=(0,o.useState)(e),r=(0,o.useRef)(!1),i=(0,o.useCallback)(e=>{r.current=!0,n(!!e)},[]);return A(()=>{r.current||n(!1)},[]),[i,t]}function Tn(e){let t=/^(data-.*)$/,n={};for(let r in e)t.test(r)||(n[r]=e[r]);return n}function En(e,t,n){let{render:r,...i}=t,a=(0,o.useRef)(null),s=(0,o.useMemo)(()=>gn(n,a),[n,a]);A(()=>{},[e,r]);let c={...i,ref:s};return r?r(c,void 0):o.createElement(e,c)}var Dn={},On=new Proxy({},{get(e,t){if(typeof t!=`string`)return;let n=Dn[t];return n||(n=(0,o.forwardRef)(En.bind(null,t)),Dn[t]=n),n}}),P=e=>An(e)?e.document:jn(e)?e:e?.ownerDocument??(typeof document<`u`?document:void 0),F=e=>P(e)?.defaultView??(typeof window<`u`?window:void 0);function kn(e){return typeof e==`object`&&!!e&&`nodeType`in e&&typeof e.nodeType==`number`}function An(e){return typeof e==`object`&&!!e&&`window`in e&&e.window===e}function jn(e){return kn(e)&&e.nodeType===9}function Mn(e){return kn(e)&&e.nodeType===11&&`host`in e}function I(e,t,n,r){if(n==null||e==null)return()=>{};let i=Array.isArray(e)?e:[e];for(let e of i)e.addEventListener(t,n,r);return()=>{for(let e of i)e.removeEventListener(t,n,r)}}function Nn(e,t,n,r){if(e==null)return()=>{};let i=[],a=Array.isArray(e)?e:[e];for(let e of a){let a=e.style.getPropertyValue(t),o=e.style.getPropertyPriority(t);e.style.setProperty(t,n,r),i.unshift(()=>{a?e.style.setProperty(t,a,o):e.style.removeProperty(t)})}return()=>{for(let e of i)e()}}var Pn=!1;function Fn(){return Pn}function L(e,t){if(!Fn())return t&&e?e.contains(t):!1;if(!e||!t)return!1;let n=t;for(;n!=null;){if(n===e)return!0;n=typeof n.assignedElements!=`function`&&n.assignedSlot?.parentNode?n.assignedSlot.parentNode:Mn(n)?n.host:n.parentNode}return!1}var R=(e=document)=>{if(!Fn())return e.activeElement;let t=e.activeElement;for(;t&&`shadowRoot`in t&&t.shadowRoot?.activeElement;)t=t.shadowRoot.activeElement;return t};function z(e){if(Fn()&&e.target instanceof Element&&e.target.shadowRoot){if(`composedPath`in e)return e.composedPath()[0]??null;if(`composedPath`in e.nativeEvent)return e.nativeEvent.composedPath()[0]??null}return e.target}function In(e){if(!e)return!1;let t=e.getRootNode(),n=F(e);if(!(t instanceof n.Document||t instanceof n.ShadowRoot))return!1;let r=t.activeElement;return r!=null&&e.contains(r)}function B(e){e.focus({preventScroll:!0})}var Ln=typeof Element<`u`&&`checkVisibility`in Element.prototype;function Rn(e){let t=F(e);if(!(e instanceof t.HTMLElement)&&!(e instanceof t.SVGElement))return!1;let{display:n,visibility:r}=e.style,i=n!==`none`&&r!==`hidden`&&r!==`collapse`;if(i){let{getComputedStyle:t}=F(e),{display:n,visibility:r}=t(e);i=n!==`none`&&r!==`hidden`&&r!==`collapse`}return i}function zn(e,t){return!e.hasAttribute(`hidden`)&&!e.hasAttribute(`data-react-aria-prevent-focus`)&&(e.nodeName===`DETAILS`&&t&&t.nodeName!==`SUMMARY`?e.hasAttribute(`open`):!0)}function Bn(e,t){return Ln?e.checkVisibility({visibilityProperty:!0})&&!e.closest(`[data-react-aria-prevent-focus]`):e.nodeName!==`#comment`&&Rn(e)&&zn(e,t)&&(!e.parentElement||Bn(e.parentElement,e))}var Vn=[`input:not([disabled]):not([type=hidden])`,`select:not([disabled])`,`textarea:not([disabled])`,`button:not([disabled])`,`a[href]`,`area[href]`,`summary`,`iframe`,`object`,`embed`,`audio[controls]`,`video[controls]`,`[contenteditable]:not([contenteditable^="false"])`,`permission`],Hn=Vn.join(`:not([hidden]),`)+`,[tabindex]:not([disabled]):not([hidden])`;Vn.push(`[tabindex]:not([tabindex="-1"]):not([disabled])`);var Un=Vn.join(`:not([hidden]):not([tabindex="-1"]),`);function Wn(e,t){return e.matches(Hn)&&!Kn(e)&&(t?.skipVisibilityCheck||Bn(e))}function Gn(e){return e.matches(Un)&&Bn(e)&&!Kn(e)}function Kn(e){let t=e;for(;t!=null;){if(t instanceof F(t).HTMLElement&&t.inert)return!0;t=t.parentElement}return!1}function qn(e){let t=e;return t.nativeEvent=e,t.isDefaultPrevented=()=>t.defaultPrevented,t.isPropagationStopped=()=>t.cancelBubble,t.persist=()=>{},t}function Jn(e,t){Object.defineProperty(e,"target",{value:t}),Object.defineProperty(e,"currentTarget",{value:t})}function Yn(e){let t=(0,o.useRef)({isFocused:!1,observer:null});return A(()=>{let e=t.current;return()=>{e.observer&&=(e.observer.disconnect(),null)}},[]),(0,o.useCallback)(n=>{let r=z(n);if(r instanceof HTMLButtonElement||r instanceof HTMLInputElement||r instanceof HTMLTextAreaElement||r instanceof HTMLSelectElement){t.current.isFocused=!0;let n=r;n.addEventListener(`focusout`,r=>{if(t.current.isFocused=!1,n.disabled){let t=qn(r);e?.(t)}t.current.observer&&(t.current.observer.disconnect(),t.current.observer=null)},{once:!0}),t.current.observer=new MutationObserver(()=>{if(t.current.isFocused&&n.disabled){t.current.observer?.disconnect();let e=n===R()?null:R();n.dispatchEvent(new FocusEvent(`blur`,{relatedTarget:e})),n.dispatchEvent(new FocusEvent(`focusout`,{bubbles:!0,relatedTarget:e}))}}),t.current.observer.observe(n,{attributes:!0,attributeFilter:[`disabled`]})}},[e])}var Xn=!1;function Zn(e){for(;e&&!Wn(e,{skipVisibilityCheck:!0});)e=e.parentElement;let t=R(F(e).document);if(!t||t===e)return;let n=e?.getRootNode(),r=n!=null&&Mn(n)?n:F(e),i=t=>t===e||kn(t)&&L(e,t),a=e=>e===t||t!=null&&kn(e)&&L(t,e);Xn=!0;let o=!1,s=e=>{(a(z(e))||o)&&e.stopImmediatePropagation()},c=n=>{(a(z(n))||o)&&(n.stopImmediatePropagation(),!e&&!o&&(o=!0,B(t),d()))},l=e=>{(i(z(e))||o)&&e.stopImmediatePropagation()},u=e=>{(i(z(e))||o)&&(e.stopImmediatePropagation(),o||(o=!0,B(t),d()))};r.addEventListener(`blur`,s,!0),r.addEventListener(`focusout`,c,!0),r.addEventListener(`focusin`,u,!0),r.addEventListener(`focus`,l,!0);let d=()=>{cancelAnimationFrame(f),r.removeEventListener(`blur`,s,!0),r.removeEventListener(`focusout`,c,!0),r.removeEventListener(`focusin`,u,!0),r.removeEventListener(`focus`,l,!0),Xn=!1,o=!1},f=requestAnimationFrame(d);return d}function Qn(e){if(typeof window>`u`||window.navigator==null)return!1;let t=window.navigator.userAgentData?.brands;return Array.isArray(t)&&t.some(t=>e.test(t.brand))||e.test(window.navigator.userAgent)}function $n(e){return typeof window<`u`&&window.navigator!=null&&e.test(window.navigator.userAgentData?.platform||window.navigator.platform)}function V(e){let t=null;return()=>(t??=e(),t)}var H=V(function(){return $n(/^Mac/i)}),er=V(function(){return $n(/^iPhone/i)}),tr=V(function(){return $n(/^iPad/i)||H()&&navigator.maxTouchPoints>1}),U=V(function(){return er()||tr()}),nr=V(function(){return H()||U()}),rr=V(function(){return Qn(/AppleWebKit/i)&&(U()||!ir())}),ir=V(function(){return Qn(/Chrome|CriOS|CrMo/i)}),ar=V(function(){return Qn(/Android/i)});function or(e){return e.pointerType===``&&e.isTrusted?!0:ar()&&e.pointerType?e.type===`click`&&e.buttons===1:e.detail===0&&!e.pointerType}function sr(e){return!ar()&&e.width===0&&e.height===0||ar()&&e.width===1&&e.height===1&&e.pressure===0&&e.detail===0&&e.pointerType===`mouse`}var cr=(0,o.createContext)({isNative:!0,open:dr,useHref:e=>e});function lr(){return(0,o.useContext)(cr)}function W(e,t,n=!0){let{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}=t,s=rr()&&H()&&!tr()?new KeyboardEvent(`keydown`,{keyIdentifier:`Enter`,metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}):new MouseEvent(`click`,{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o,detail:1,bubbles:!0,cancelable:!0});W.isOpening=n,B(e),e.dispatchEvent(s),W.isOpening=!1}W.isOpening=!1;function ur(e,t){if(e instanceof HTMLAnchorElement)t(e);else if(e.hasAttribute(`data-href`)){let n=document.createElement(`a`);n.href=e.getAttribute(`data-href`),e.hasAttribute(`data-target`)&&(n.target=e.getAttribute(`data-target`)),e.hasAttribute(`data-rel`)&&(n.rel=e.getAttribute(`data-rel`)),e.hasAttribute(`data-download`)&&(n.download=e.getAttribute(`data-download`)),e.hasAttribute(`data-ping`)&&(n.ping=e.getAttribute(`data-ping`)),e.hasAttribute(`data-referrer-policy`)&&(n.referrerPolicy=e.getAttribute(`data-referrer-policy`)),e.appendChild(n),t(n),e.removeChild(n)}}function dr(e,t){ur(e,e=>W(e,t))}function fr(e){let t=lr().useHref(e.href??``);return{"data-href":e.href?t:void 0,"data-target":e.target,"data-rel":e.rel,"data-download":e.download,"data-ping":e.ping,"data-referrer-policy":e.referrerPolicy}}function pr(e){let t=lr().useHref(e?.href??``),n={};if(e)for(let r of[`href`,`target`,`rel`,`download`,`ping`,`referrerPolicy`])r in e&&e[r]!==void 0&&(n[r]=r===`href`?t:e[r]);return n}var G=null,K=new Set,q=new Map,J=!1,mr=!1,hr={Tab:!0,Escape:!0};function gr(e,t){for(let n of K)n(e,t)}function _r(e){return!(e.metaKey||!H()&&e.altKey||e.ctrlKey||e.key===`Control`||e.key===`Shift`||e.key===`Meta`)}function vr(e){J=!0,!W.isOpening&&_r(e)&&(G=`keyboard`,gr(`keyboard`,e))}function Y(e){G=`pointer`,`pointerType`in e&&e.pointerType,(e.type===`mousedown`||e.type===`pointerdown`)&&(J=!0,gr(`pointer`,e))}function yr(e){!W.isOpening&&or(e)&&(J=!0,G=`virtual`)}function br(e){if(Xn)return;let t=z(e),n=F(t),r=P(t);t===n?mr=!0:t!==r&&e.isTrusted&&(!J&&!mr&&(G=`virtual`,gr(`virtual`,e)),J=!1,mr=!1)}function xr(){Xn||(J=!1,mr=!0)}function Sr(e){let t=R(P(z(e)));queueMicrotask(()=>{R(P(z(e)))!==t&&Or(`keyboard`)})}function Cr(e){if(typeof window>`u`||typeof document>`u`)return;let t=F(e),n=P(e);if(q.get(t))return;let r=t.HTMLElement.prototype.focus;Reflect.defineProperty(t.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:function(){J=!0,r.apply(this,arguments)}}),n.addEventListener(`keydown`,vr,!0),n.addEventListener(`keyup`,vr,!0),n.addEventListener(`click`,yr,!0),n.addEventListener(`invalid`,Sr,!0),t.addEventListener(`focus`,br,!0),t.addEventListener(`blur`,xr,!1),typeof PointerEvent<`u`&&(n.addEventListener(`pointerdown`,Y,!0),n.addEventListener(`pointermove`,Y,!0),n.addEventListener(`pointerup`,Y,!0)),t.addEventListener(`beforeunload`,()=>{wr(e)},{once:!0}),q.set(t,{focus:r})}var wr=(e,t)=>{let n=F(e),r=P(e);t&&r.removeEventListener(`DOMContentLoaded`,t),q.has(n)&&(Reflect.defineProperty(n.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:q.get(n).focus}),r.removeEventListener(`keydown`,vr,!0),r.removeEventListener(`keyup`,vr,!0),r.removeEventListener(`click`,yr,!0),r.removeEventListener(`invalid`,Sr,!0),n.removeEventListener(`focus`,br,!0),n.removeEventListener(`blur`,xr,!1),typeof PointerEvent<`u`&&(r.removeEventListener(`pointerdown`,Y,!0),r.removeEventListener(`pointermove`,Y,!0),r.removeEventListener(`pointerup`,Y,!0)),q.delete(n))};function Tr(e){let t=P(e),n;return t.readyState===`loading`?(n=()=>{Cr(e)},t.addEventListener(`DOMContentLoaded`,n)):Cr(e),()=>wr(e,n)}typeof document<`u`&&Tr();function Er(){return G!==`pointer`}function Dr(){return G}function Or(e){G=e,gr(e,null)}function kr(){Cr();let[e,t]=(0,o.useState)(G);return(0,o.useEffect)(()=>{let e=()=>{t(G)};return K.add(e),()=>{K.delete(e)}},[]),ln()?null:e}var Ar=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function jr(e,t,n){let r=n?z(n):void 0,i=P(r),a=F(r),o=a===void 0?HTMLInputElement:a.HTMLInputElement,s=a===void 0?HTMLTextAreaElement:a.HTMLTextAreaElement,c=a===void 0?HTMLElement:a.HTMLElement,l=a===void 0?KeyboardEvent:a.KeyboardEvent,u=R(i);return e=e||u instanceof o&&!Ar.has(u.type)||u instanceof s||u instanceof c&&u.isContentEditable,!(e&&t===`keyboard`&&n instanceof l&&!hr[n.key])}function Mr(e,t,n){Cr(),(0,o.useEffect)(()=>{if(n?.enabled===!1)return;let t=(t,r)=>{jr(!!n?.isTextInput,t,r)&&e(Er())};return K.add(t),()=>{K.delete(t)}},t)}function Nr(e,t){let n=F(t),r=P(t);if(r==null||n==null)return;let i,a=`meta[name="${CSS.escape(e)}"], meta[property="${CSS.escape(e)}"]`,o=r.querySelector(a);return o&&o instanceof n.HTMLMetaElement&&(e===`csp-nonce`&&o.nonce&&(i??=o.nonce||void 0),o.content&&(i??=o.content||void 0)),e===`csp-nonce`&&(i??=n.__webpack_nonce__||globalThis.__webpack_nonce__||void 0),i}var Pr=o.useInsertionEffect??A;function Fr(e){let t=(0,o.useRef)(null);return Pr(()=>{t.current=e},[e]),(0,o.useCallback)((...e)=>{let n=t.current;return n?.(...e)},[])}var X=new Map,Ir=new Set;function Lr(e){return`propertyName`in e}function Rr(e){let t=z(e);if(!Lr(e)||!t)return;let n=X.get(t);n||(n=new Set,X.set(t,n),t.addEventListener(`transitioncancel`,zr,{once:!0})),n.add(e.propertyName)}function zr(e){let t=z(e);if(!Lr(e)||!t)return;let n=X.get(t);if(n&&(n.delete(e.propertyName),n.size===0&&(t.removeEventListener(`transitioncancel`,zr),X.delete(t)),X.size===0))for(let e of Ir)e(!0),Ir.delete(e)}function Br(){I(document,`transitionrun`,Rr),I(document,`transitionend`,zr)}function Vr(){for(let[e]of X)`isConnected`in e&&!e.isConnected&&X.delete(e)}typeof document<`u`&&(document.readyState===`loading`?I(document,`DOMContentLoaded`,Br):Br());function Hr(e){let t=window.requestAnimationFrame(()=>{if(Vr(),X.size===0)return e(!1);Ir.add(e)});return()=>{window.cancelAnimationFrame(t),Ir.delete(e)}}function Ur(e){if(!e.isConnected)return;let t=P(e);if(Dr()===`virtual`){let n=R(t);Hr(()=>{let r=R(t);(r===n||r===t.body)&&e.isConnected&&B(e)})}else B(e)}function Wr(e){let{isDisabled:t,onFocus:n,onBlur:r,onFocusChange:i}=e,a=(0,o.useCallback)(e=>{if(z(e)===e.currentTarget)return r&&r(e),i&&i(!1),!0},[r,i]),s=Yn(a),c=(0,o.useCallback)(e=>{let t=z(e),r=P(t),a=r?R(r):R();t===e.currentTarget&&t===a&&(n&&n(e),i&&i(!0),s(e))},[i,n,s]);return{focusProps:{onFocus:!t&&(n||i||r)?c:void 0,onBlur:!t&&(r||i)?a:void 0}}}function Gr(e){if(e)return t=>{let n=!0;e({...t,preventDefault(){t.preventDefault()},isDefaultPrevented(){return t.isDefaultPrevented()},stopPropagation(){n=!0},continuePropagation(){n=!1,typeof t.continuePropagation==`function`&&t.continuePropagation()},isPropagationStopped(){return n}}),n&&!(typeof t.isPropagationStopped==`function`&&t.isPropagationStopped())&&t.stopPropagation()}}var Kr=new Set([`shift`,`alt`,`control`,`meta`,`mod`]),qr=[`Alt`,`Control`,`Meta`,`Shift`];function Jr(e){let t=new Set;return e.alt&&t.add(`Alt`),e.shift&&t.add(`Shift`),e.ctrl&&t.add(`Control`),e.meta&&t.add(`Meta`),e.mod&&t.add(H()?`Meta`:`Control`),t}function Yr(e){let t=new Set;return e.altKey&&t.add(`Alt`),e.ctrlKey&&t.add(`Control`),e.metaKey&&t.add(`Meta`),e.shiftKey&&t.add(`Shift`),t}function Xr(e){return qr.filter(t=>e.has(t))}function Zr(e){let t=e.split(`+`).reduce((e,t)=>{let n=t.toLowerCase();return Kr.has(n)?n===`shift`?e.shift=!0:n===`alt`?e.alt=!0:n===`control`?e.ctrl=!0:n===`meta`?e.meta=!0:n===`mod`&&(e.mod=!0):e.key=t,e},{shift:!1,alt:!1,ctrl:!1,meta:!1,mod:!1,key:``});if(t.key===``)throw Error(`Invalid keyboard shortcut: "${e}". Must include exactly one non-modifier key (e.g. "a", "Enter", "ArrowDown"). Combine any of Shift, Alt, Ctrl, Meta, and Mod.`);return t}function Qr(e){return e.toLowerCase()}var $r={space:` `,esc:`escape`,del:`delete`,ins:`insert`,left:`arrowleft`,right:`arrowright`,up:`arrowup`,down:`arrowdown`,pageup:`pageup`,pagedown:`pagedown`};function ei(e){let t=Qr(e);return $r[t]??t}function ti(e){let t=Xr(Jr(e)),n=ei(e.key);return t.length>0?`${t.join(`+`)}+${n}`:n}function ni(e){let t=Xr(Yr(e)),n=Qr(e.key);return(t.length>0?`${t.join(`+`)}+`:``)+n}function ri(e){let t=new Map;for(let[n,r]of Object.entries(e)){let e=Zr(n);t.set(ti(e),r)}return e=>{let n=ni(e),r=t.get(n),i=r?.(e);i===void 0&&r!==void 0?i={shouldContinuePropagation:!1,shouldPreventDefault:!0}:typeof i==`boolean`&&(i={shouldContinuePropagation:!i,shouldPreventDefault:i}),i?.shouldPreventDefault&&e.preventDefault(),(!r||i?.shouldContinuePropagation)&&e.continuePropagation()}}function ii(e){let{shortcuts:t,allowRepeats:n=!1,allowComposing:r=!1}=e,i,a;if(t){let o=ri(t),s=Gr(e=>{L(e.currentTarget,z(e))?e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing&&!r?e.continuePropagation():o(e):e.continuePropagation()}),c=Gr(e=>{L(e.currentTarget,z(e))&&(e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing),e.continuePropagation()});i=e.onKeyDown?k(e.onKeyDown,s):s,a=e.onKeyUp?k(e.onKeyUp,c):c}else i=Gr(e.onKeyDown),a=Gr(e.onKeyUp);return{keyboardProps:e.isDisabled?{}:{onKeyDown:i,onKeyUp:a}}}function ai(e,t){A(()=>{if(e&&e.ref&&t)return e.ref.current=t.current,()=>{e.ref&&(e.ref.current=null)}})}var oi=o.createContext(null);function si(e){let t=(0,o.useContext)(oi)||{};ai(t,e);let{ref:n,...r}=t;return r}function ci(e,t){let{focusProps:n}=Wr(e),{keyboardProps:r}=ii(e),i=N(n,r),a=si(t),s=e.isDisabled?{}:a,c=(0,o.useRef)(e.autoFocus);(0,o.useEffect)(()=>{c.current&&t.current&&Ur(t.current),c.current=!1},[t]);let l=e.excludeFromTabOrder?-1:0;return e.isDisabled&&(l=void 0),{focusableProps:N({...i,tabIndex:l},s)}}typeof HTMLTemplateElement<`u`&&(Object.defineProperty(HTMLTemplateElement.prototype,"firstChild",{configurable:!0,enumerable:!0,get:function(){return this.content.firstChild}}),Object.defineProperty(HTMLTemplateElement.prototype,"appendChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.appendChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"removeChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.removeChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"insertBefore",{configurable:!0,enumerable:!0,value:function(e,t){return this.content.insertBefore(e,t)}}));var li=(0,o.createContext)(!1);function ui(e){if((0,o.useContext)(li))return o.createElement(o.Fragment,null,e.children);let t=o.createElement(li.Provider,{value:!0},e.children);return o.createElement(`template`,null,t)}function di(e){let t=(t,n)=>(0,o.useContext)(li)?null:e(t,n);return t.displayName=e.displayName||e.name,(0,o.forwardRef)(t)}function fi(){return(0,o.useContext)(li)}var pi=new Set([`id`]),mi=new Set([`aria-label`,`aria-labelledby`,`aria-describedby`,`aria-details`]),hi=new Set([`href`,`hrefLang`,`target`,`rel`,`download`,`ping`,`referrerPolicy`]),gi=new Set([`dir`,`lang`,`hidden`,`inert`,`translate`,`suppressHydrationWarning`]),_i=new Set(`onClick.onAuxClick.onContextMenu.onDoubleClick.onMouseDown.onMouseEnter.onMouseLeave.onMouseMove.onMouseOut.onMouseOver.onMouseUp.onTouchCancel.onTouchEnd.onTouchMove.onTouchStart.onPointerDown.onPointerMove.onPointerUp.onPointerCancel.onPointerEnter.onPointerLeave.onPointerOver.onPointerOut.onGotPointerCapture.onLostPointerCapture.onScroll.onWheel.onAnimationStart.onAnimationEnd.onAnimationIteration.onTransitionCancel.onTransitionEnd.onTransitionRun.onTransitionStart`.split(`.`)),vi=/^(data-.*)$/;function yi(e,t={}){let{labelable:n,isLink:r,global:i,events:a=i,propNames:o}=t,s={};for(let t in e)Object.prototype.hasOwnProperty.call(e,t)&&(pi.has(t)||n&&mi.has(t)||r&&hi.has(t)||i&&gi.has(t)||a&&(_i.has(t)||t.endsWith(`Capture`)&&_i.has(t.slice(0,-7)))||o?.has(t)||vi.test(t))&&(s[t]=e[t]);return s}var Z=`default`,bi=``,xi=new WeakMap;function Si(e){if(U()&&rr()){if(Z==="default"){let t=P(e);bi=t.documentElement.style.webkitUserSelect,t.documentElement.style.webkitUserSelect=`none`}Z=`disabled`}else if(e instanceof HTMLElement||e instanceof SVGElement){let t=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;xi.set(e,e.style[t]),e.style[t]=`none`}}function Ci(e){if(U()&&rr()){if(Z!==`disabled`)return;Z=`restoring`,setTimeout(()=>{Hr(()=>{if(Z===`restoring`){let t=P(e);t.documentElement.style.webkitUserSelect===`none`&&(t.documentElement.style.webkitUserSelect=bi||``),bi=``,Z=`default`}})},300)}else if((e instanceof HTMLElement||e instanceof SVGElement)&&e&&xi.has(e)){let t=xi.get(e),n=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;e.style[n]===`none`&&(e.style[n]=t),e.getAttribute(`style`)===``&&e.removeAttribute(`style`),xi.delete(e)}}var wi=new WeakMap;function Ti(e){let t=P(e),n=wi.get(t);return n??=Nr(`csp-nonce`,t),n!==void 0&&wi.set(t,n),n}var Ei=o.createContext({register:()=>{}});Ei.displayName=`PressResponderContext`;function Di(){let e=(0,o.useRef)(new Map),t=(0,o.useCallback)((t,n,r,i)=>{let a=i?.once?(...t)=>{e.current.delete(r),r(...t)}:r;e.current.set(r,{type:n,eventTarget:t,fn:a,options:i}),t.addEventListener(n,a,i)},[]),n=(0,o.useCallback)((t,n,r,i)=>{let a=e.current.get(r)?.fn||r;t.removeEventListener(n,a,i),e.current.delete(r)},[]),r=(0,o.useCallback)(()=>{e.current.forEach((e,t)=>{n(e.eventTarget,e.type,t,e.options)})},[n]);return(0,o.useEffect)(()=>r,[r]),{addGlobalListener:t,removeGlobalListener:n,removeAllGlobalListeners:r}}function Oi(e){let t=(0,o.useContext)(Ei);if(t){let{register:n,ref:r,...i}=t;e=N(i,e),n()}return ai(t,e.ref),e}var ki=class{#e;constructor(e,t,n,r){this.#e=!0;let i=(r?.target??n.currentTarget)?.getBoundingClientRect(),a,o=0,s,c=null;n.clientX!=null&&n.clientY!=null&&(s=n.clientX,c=n.clientY),i&&(s!=null&&c!=null?(a=s-i.left,o=c-i.top):(a=i.width/2,o=i.height/2)),this.type=e,this.pointerType=t,this.target=n.currentTarget,this.shiftKey=n.shiftKey,this.metaKey=n.metaKey,this.ctrlKey=n.ctrlKey,this.altKey=n.altKey,this.x=a,this.y=o,this.key=n.key}continuePropagation(){this.#e=!1}get shouldStopPropagation(){return this.#e}},Ai=Symbol(`linkClicked`),ji=`react-aria-pressable-style`,Mi=`data-react-aria-pressable`;function Ni(e){let{onPress:t,onPressChange:n,onPressStart:r,onPressEnd:i,onPressUp:a,onClick:s,isDisabled:c,isPressed:l,preventFocusOnPress:u,shouldCancelOnPointerExit:d,allowTextSelectionOnPress:f,ref:p,...m}=Oi(e),[h,g]=(0,o.useState)(!1),_=(0,o.useRef)({isPressed:!1,ignoreEmulatedMouseEvents:!1,didFirePressStart:!1,isTriggeringEvent:!1,activePointerId:null,target:null,isOverTarget:!1,pointerType:null,disposables:[]}),{addGlobalListener:v,removeAllGlobalListeners:y}=Di(),b=(0,o.useCallback)((e,t)=>{let i=_.current;if(c||i.didFirePressStart)return!1;let a=!0;if(i.isTriggeringEvent=!0,r){let n=new ki(`pressstart`,t,e);r(n),a=n.shouldStopPropagation}return n&&n(!0),i.isTriggeringEvent=!1,i.didFirePressStart=!0,g(!0),a},[c,r,n]),ee=(0,o.useCallback)((e,r,a=!0)=>{let o=_.current;if(!o.didFirePressStart)return!1;o.didFirePressStart=!1,o.isTriggeringEvent=!0;let s=!0;if(i){let t=new ki(`pressend`,r,e);i(t),s=t.shouldStopPropagation}if(n&&n(!1),g(!1),t&&a&&!c){let n=new ki(`press`,r,e);t(n),s&&=n.shouldStopPropagation}return o.isTriggeringEvent=!1,s},[c,i,n,t]),x=Fr(ee),S=Fr((0,o.useCallback)((e,t)=>{let n=_.current;if(c)return!1;if(a){n.isTriggeringEvent=!0;let r=new ki(`pressup`,t,e);return a(r),n.isTriggeringEvent=!1,r.shouldStopPropagation}return!0},[c,a])),C=(0,o.useCallback)(e=>{let t=_.current;if(t.isPressed&&t.target){t.didFirePressStart&&t.pointerType!=null&&ee(Q(t.target,e),t.pointerType,!1),t.isPressed=!1,t.isOverTarget=!1,t.activePointerId=null,t.pointerType=null,y(),f||Ci(t.target);for(let e of t.disposables)e();t.disposables=[]}},[f,y,ee]),w=Fr(C);(0,o.useEffect)(()=>{c&&_.current.isPressed&&w({currentTarget:_.current.target,shiftKey:!1,ctrlKey:!1,metaKey:!1,altKey:!1})},[c]);let T=(0,o.useCallback)(e=>{d&&C(e)},[d,C]),E=(0,o.useCallback)(e=>{c||s?.(e)},[c,s]),te=(0,o.useCallback)((e,t)=>{if(!c&&s){let n=new MouseEvent(`click`,e);Jn(n,t),s(qn(n))}},[c,s]),ne=(0,o.useMemo)(()=>{let e=_.current,t={onKeyDown(t){if(Fi(t.nativeEvent,t.currentTarget)&&L(t.currentTarget,z(t))){Li(z(t),t.key)&&t.preventDefault();let r=!0;!e.isPressed&&!t.repeat&&(e.target=t.currentTarget,e.isPressed=!0,e.pointerType=`keyboard`,r=b(t,`keyboard`));let i=t.currentTarget;v(P(t.currentTarget),`keyup`,k(t=>{Fi(t,i)&&!t.repeat&&L(i,z(t))&&e.target&&S(Q(e.target,t),`keyboard`)},n),!0),r&&t.stopPropagation(),t.metaKey&&H()&&e.metaKeyEvents?.set(t.key,t.nativeEvent)}else t.key===`Meta`&&(e.metaKeyEvents=new Map)},onClick(t){if((!t||L(t.currentTarget,z(t)))&&t&&t.button===0&&!e.isTriggeringEvent&&!W.isOpening){let n=!0;if(c&&t.preventDefault(),!e.ignoreEmulatedMouseEvents&&!e.isPressed&&(e.pointerType===`virtual`||or(t.nativeEvent))){let e=b(t,`virtual`),r=S(t,`virtual`),i=x(t,`virtual`);E(t),n=e&&r&&i}else if(e.isPressed&&e.pointerType!==`keyboard`){let r=e.pointerType||t.nativeEvent.pointerType||`virtual`,i=S(Q(t.currentTarget,t),r),a=x(Q(t.currentTarget,t),r,!0);n=i&&a,e.isOverTarget=!1,E(t),w(t)}e.ignoreEmulatedMouseEvents=!1,n&&t.stopPropagation()}}},n=t=>{if(e.isPressed&&e.target&&Fi(t,e.target)){Li(z(t),t.key)&&t.preventDefault();let n=z(t),r=L(e.target,n);x(Q(e.target,t),`keyboard`,r),r&&te(t,e.target),y(),t.key!==`Enter`&&Pi(e.target)&&L(e.target,n)&&!t[Ai]&&(t[Ai]=!0,W(e.target,t,!1)),e.isPressed=!1,e.metaKeyEvents?.delete(t.key)}else if(t.key===`Meta`&&e.metaKeyEvents?.size){let t=e.metaKeyEvents;e.metaKeyEvents=void 0;for(let n of t.values())e.target?.dispatchEvent(new KeyboardEvent(`keyup`,n))}};if(typeof PointerEvent<`u`){t.onPointerDown=t=>{if(t.button!==0||!L(t.currentTarget,z(t)))return;if(sr(t.nativeEvent)){e.pointerType=`virtual`;return}e.pointerType=t.pointerType;let i=!0;if(!e.isPressed){e.isPressed=!0,e.isOverTarget=!0,e.activePointerId=t.pointerId,e.target=t.currentTarget,f||Si(e.target),i=b(t,e.pointerType);let a=z(t);`releasePointerCapture`in a&&(`hasPointerCapture`in a?a.hasPointerCapture(t.pointerId)&&a.releasePointerCapture(t.pointerId):a.releasePointerCapture(t.pointerId)),v(P(t.currentTarget),`pointerup`,n,!1),v(P(t.currentTarget),`pointercancel`,r,!1)}i&&t.stopPropagation()},t.onMouseDown=t=>{if(L(t.currentTarget,z(t))&&t.button===0){if(u){let n=Zn(t.target);n&&e.disposables.push(n)}t.stopPropagation()}},t.onPointerUp=t=>{L(t.currentTarget,z(t))&&e.pointerType!==`virtual`&&t.button===0&&!e.isPressed&&S(t,e.pointerType||t.pointerType)},t.onPointerEnter=t=>{t.pointerId===e.activePointerId&&e.target&&!e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!0,b(Q(e.target,t),e.pointerType))},t.onPointerLeave=t=>{t.pointerId===e.activePointerId&&e.target&&e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!1,x(Q(e.target,t),e.pointerType,!1),T(t))};let n=t=>{if(t.pointerId===e.activePointerId&&e.isPressed&&t.button===0&&e.target){if(L(e.target,z(t))&&e.pointerType!=null){let n=!1,r=setTimeout(()=>{e.isPressed&&e.target instanceof HTMLElement&&(n?w(t):(B(e.target),e.target.click()))},80);v(t.currentTarget,`click`,()=>n=!0,!0),e.disposables.push(()=>clearTimeout(r))}else w(t);e.isOverTarget=!1}},r=e=>{w(e)};t.onDragStart=e=>{L(e.currentTarget,z(e))&&w(e)}}return t},[v,c,u,y,f,T,b,E,te]);return(0,o.useEffect)(()=>{if(!p)return;let e=P(p.current);if(!e||!e.head||e.getElementById(ji))return;let t=e.createElement(`style`);t.id=ji;let n=Ti(e);n&&(t.nonce=n),t.textContent=`
@layer {
  [${Mi}] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}
    `.trim(),e.head.prepend(t)},[p]),(0,o.useEffect)(()=>{let e=_.current;return()=>{f||Ci(e.target??void 0);for(let t of e.disposables)t();e.disposables=[]}},[f]),{isPressed:l||h,pressProps:N(m,ne,{[Mi]:!0})}}function Pi(e){return e.tagName===`A`&&e.hasAttribute(`href`)}function Fi(e,t){let{key:n,code:r}=e,i=t,a=i.getAttribute(`role`);return(n===`Enter`||n===` `||n===`Spacebar`||r===`Space`)&&!(i instanceof F(i).HTMLInputElement&&!zi(i,n)||i instanceof F(i).HTMLTextAreaElement||i.isContentEditable)&&!((a===`link`||!a&&Pi(i))&&n!==`Enter`)}function Q(e,t){let n=t.clientX,r=t.clientY;return{currentTarget:e,shiftKey:t.shiftKey,ctrlKey:t.ctrlKey,metaKey:t.metaKey,altKey:t.altKey,clientX:n,clientY:r,key:t.key}}function Ii(e){return e instanceof HTMLInputElement?!1:e instanceof HTMLButtonElement?e.type!==`submit`&&e.type!==`reset`:!Pi(e)}function Li(e,t){return H()&&t===`Enter`?!1:e instanceof HTMLInputElement?t===`Enter`&&(e.type===`checkbox`||e.type===`radio`)?!1:!zi(e,t):Ii(e)}var Ri=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function zi(e,t){return e.type===`checkbox`||e.type===`radio`?t===` `:Ri.has(e.type)}function Bi(e){let{isDisabled:t,onBlurWithin:n,onFocusWithin:r,onFocusWithinChange:i}=e,a=(0,o.useRef)({isFocusWithin:!1}),{addGlobalListener:s,removeAllGlobalListeners:c}=Di(),l=(0,o.useCallback)(e=>{L(e.currentTarget,z(e))&&a.current.isFocusWithin&&!L(e.currentTarget,e.relatedTarget)&&(a.current.isFocusWithin=!1,c(),n&&n(e),i&&i(!1))},[n,i,a,c]),u=Yn(l),d=(0,o.useCallback)(e=>{if(!L(e.currentTarget,z(e)))return;let t=z(e),n=P(t),o=R(n);if(!a.current.isFocusWithin&&o===t){r&&r(e),i&&i(!0),a.current.isFocusWithin=!0,u(e);let t=e.currentTarget;s(n,`focus`,e=>{let r=z(e);if(a.current.isFocusWithin&&!L(t,r)){let e=new n.defaultView.FocusEvent(`blur`,{relatedTarget:r});Jn(e,t);let i=qn(e);l(i)}},{capture:!0})}},[r,i,u,s,l]);return t?{focusWithinProps:{onFocus:void 0,onBlur:void 0}}:{focusWithinProps:{onFocus:d,onBlur:l}}}function Vi(e={}){let{autoFocus:t=!1,isTextInput:n,within:r}=e,i=(0,o.useRef)({isFocused:!1,isFocusVisible:t||Er()}),[a,s]=(0,o.useState)(!1),[c,l]=(0,o.useState)(()=>i.current.isFocused&&i.current.isFocusVisible),u=(0,o.useCallback)(()=>l(i.current.isFocused&&i.current.isFocusVisible),[]),d=(0,o.useCallback)(e=>{i.current.isFocused=e,i.current.isFocusVisible=Er(),s(e),u()},[u]);Mr(e=>{i.current.isFocusVisible=e,u()},[n,a],{enabled:a,isTextInput:n});let{focusProps:f}=Wr({isDisabled:r,onFocusChange:d}),{focusWithinProps:p}=Bi({isDisabled:!r,onFocusWithinChange:d});return{isFocused:a,isFocusVisible:c,focusProps:r?p:f}}var Hi=!1,Ui=0;function Wi(){Hi=!0,setTimeout(()=>{Hi=!1},500)}function Gi(e){e.pointerType===`touch`&&Wi()}function Ki(){let e=P(null);if(e!==void 0)return Ui===0&&typeof PointerEvent<`u`&&e.addEventListener(`pointerup`,Gi),Ui++,()=>{Ui--,Ui>0||typeof PointerEvent<`u`&&e.removeEventListener(`pointerup`,Gi)}}function qi(e){let{onHoverStart:t,onHoverChange:n,onHoverEnd:r,isDisabled:i}=e,[a,s]=(0,o.useState)(!1),c=(0,o.useRef)({isHovered:!1,ignoreEmulatedMouseEvents:!1,pointerType:``,target:null}).current;(0,o.useEffect)(Ki,[]);let{addGlobalListener:l,removeAllGlobalListeners:u}=Di(),{hoverProps:d,triggerHoverEnd:f}=(0,o.useMemo)(()=>{let e=(e,r)=>{if(c.pointerType=r,i||r===`touch`||c.isHovered||!L(e.currentTarget,z(e)))return;c.isHovered=!0;let o=e.currentTarget;c.target=o,l(P(z(e)),`pointerover`,e=>{c.isHovered&&c.target&&!L(c.target,z(e))&&a(e,e.pointerType)},{capture:!0}),t&&t({type:`hoverstart`,target:o,pointerType:r}),n&&n(!0),s(!0)},a=(e,t)=>{let i=c.target;c.pointerType=``,c.target=null,t!==`touch`&&c.isHovered&&i&&(c.isHovered=!1,u(),r&&r({type:`hoverend`,target:i,pointerType:t}),n&&n(!1),s(!1))},o={};return typeof PointerEvent<`u`&&(o.onPointerEnter=t=>{Hi&&t.pointerType===`mouse`||e(t,t.pointerType)},o.onPointerLeave=e=>{!i&&L(e.currentTarget,z(e))&&a(e,e.pointerType)}),{hoverProps:o,triggerHoverEnd:a}},[t,n,r,i,c,l,u]);return(0,o.useEffect)(()=>{i&&f({currentTarget:c.target},c.pointerType)},[i]),{hoverProps:d,isHovered:a}}var Ji=(0,o.createContext)(null),Yi=7e3,$=null;function Xi(e,t=`assertive`,n=Yi){$?$.announce(e,t,n):($=new Zi,(typeof IS_REACT_ACT_ENVIRONMENT==`boolean`?IS_REACT_ACT_ENVIRONMENT:typeof jest<`u`)?$.announce(e,t,n):setTimeout(()=>{$?.isAttached()&&$?.announce(e,t,n)},100))}var Zi=class{constructor(){this.node=null,this.assertiveLog=null,this.politeLog=null,typeof document<`u`&&(this.node=document.createElement(`div`),this.node.dataset.liveAnnouncer=`true`,Object.assign(this.node.style,{border:0,clip:`rect(0 0 0 0)`,clipPath:`inset(50%)`,height:`1px`,margin:`-1px`,overflow:`hidden`,padding:0,position:`absolute`,width:`1px`,whiteSpace:`nowrap`}),this.assertiveLog=this.createLog(`assertive`),this.node.appendChild(this.assertiveLog),this.politeLog=this.createLog(`polite`),this.node.appendChild(this.politeLog),document.body.prepend(this.node))}isAttached(){return this.node?.isConnected}createLog(e){let t=document.createElement(`div`);return t.setAttribute(`role`,`log`),t.setAttribute(`aria-live`,e),t.setAttribute(`aria-relevant`,`additions`),t}destroy(){this.node&&=(document.body.removeChild(this.node),null)}announce(e,t=`assertive`,n=Yi){if(!this.node)return;let r=document.createElement(`div`);typeof e==`object`?(r.setAttribute(`role`,`img`),r.setAttribute(`aria-labelledby`,e[`aria-labelledby`])):r.textContent=e,t===`assertive`?this.assertiveLog?.appendChild(r):this.politeLog?.appendChild(r),e!==``&&setTimeout(()=>{r.remove()},n)}clear(e){this.node&&((!e||e===`assertive`)&&this.assertiveLog&&(this.assertiveLog.innerHTML=``),(!e||e===`polite`)&&this.politeLog&&(this.politeLog.innerHTML=``))}};function Qi(e,t){let{elementType:n=`button`,isDisabled:r,onPress:i,onPressStart:a,onPressEnd:o,onPressUp:s,onPressChange:c,preventFocusOnPress:l,allowFocusWhenDisabled:u,onClick:d,href:f,target:p,rel:m,type:h=`button`}=e,g;g=n===`button`?{type:h,disabled:r,form:e.form,formAction:e.formAction,formEncType:e.formEncType,formMethod:e.formMethod,formNoValidate:e.formNoValidate,formTarget:e.formTarget,name:e.name,value:e.value}:{role:`button`,href:n===`a`&&!r?f:void 0,target:n===`a`?p:void 0,type:n===`input`?h:void 0,disabled:n===`input`?r:void 0,"aria-disabled":!r||n===`input`?void 0:r,rel:n===`a`?m:void 0};let{pressProps:_,isPressed:v}=Ni({onPressStart:a,onPressEnd:o,onPressChange:c,onPress:i,onPressUp:s,onClick:d,isDisabled:r,preventFocusOnPress:l,ref:t}),{focusableProps:y}=ci(e,t);u&&(y.tabIndex=r?-1:y.tabIndex);let b=N(y,_,yi(e,{labelable:!0}));return{isPressed:v,buttonProps:N(g,b,{"aria-haspopup":e[`aria-haspopup`],"aria-expanded":e[`aria-expanded`],"aria-controls":e[`aria-controls`],"aria-pressed":e[`aria-pressed`],"aria-current":e[`aria-current`],"aria-disabled":e[`aria-disabled`]})}}var $i=(0,o.createContext)({}),ea=di(function(e,t){[e,t]=Cn(e,t,$i);let n=e,{isPending:r}=n,{buttonProps:i,isPressed:a}=Qi(e,t);i=na(i,r);let{focusProps:s,isFocused:c,isFocusVisible:l}=Vi(e),{hoverProps:u,isHovered:d}=qi({...e,isDisabled:e.isDisabled||r}),f={isHovered:d,isPressed:(n.isPressed||a)&&!r,isFocused:c,isFocusVisible:l,isDisabled:e.isDisabled||!1,isPending:r??!1},p=xn({...e,values:f,defaultClassName:`react-aria-Button`}),m=pn(i.id),h=pn(),g=i[`aria-labelledby`];r&&(g?g=`${g} ${h}`:i[`aria-label`]&&(g=`${m} ${h}`));let _=(0,o.useRef)(r);(0,o.useEffect)(()=>{let e={"aria-labelledby":g||m};(!_.current&&c&&r||_.current&&c&&!r)&&Xi(e,`assertive`),_.current=r},[r,c,g,m]);let v=yi(e,{global:!0});return delete v.onClick,o.createElement(On.button,{...N(v,p,i,s,u),type:i.type===`submit`&&r?`button`:i.type,id:m,ref:t,"aria-labelledby":g,slot:e.slot||void 0,"aria-disabled":r?`true`:i[`aria-disabled`],"data-disabled":e.isDisabled||void 0,"data-pressed":f.isPressed||void 0,"data-hovered":d||void 0,"data-focused":c||void 0,"data-pending":r||void 0,"data-focus-visible":l||void 0},o.createElement(Ji.Provider,{value:{id:h}},p.children))}),ta=/Focus|Blur|Hover|Pointer(Enter|Leave|Over|Out)|Mouse(Enter|Leave|Over|Out)/;function na(e,t){if(t){for(let t in e)t.startsWith(`on`)&&!ta.test(t)&&(e[t]=void 0);e.href=void 0,e.target=void 0}return e}function ra({problem:e}){let{t:n,i18n:r}=t(),i=ia(e),a=`problems.${e.code}`,o=r.exists(a)?n(a,{limit:e.limit}):e.message;return(0,s.jsxs)(`div`,{role:`alert`,className:`note refused`,children:[(0,s.jsx)(`p`,{children:o}),e.code===`INVALID_INPUT`&&e.inputs.some(({path:e})=>e.includes(`webhook`))&&(0,s.jsx)(`p`,{children:e.inputs[0]?.message}),e.code===`BAD_REQUEST`&&e.message!==o&&(0,s.jsx)(`p`,{children:e.message}),e.retryAfterSeconds!==void 0&&(0,s.jsx)(`p`,{"aria-live":`off`,children:i>0?n(`problem.wait`,{count:i}):n(`problem.now`)}),e.requestId&&(0,s.jsx)(`p`,{className:`quiet`,children:n(`problem.request`,{id:e.requestId})})]})}function ia(e){let[t,n]=(0,o.useState)(e.retryAfterSeconds??0);return(0,o.useEffect)(()=>{let t=Date.now()+(e.retryAfterSeconds??0)*1e3,r=()=>n(Math.max(0,Math.ceil((t-Date.now())/1e3)));r();let i=window.setInterval(r,500);return()=>window.clearInterval(i)},[e]),t}export{bn as $,x as $n,Pt as $t,W as A,Ge as An,ut as At,Wn as B,be as Bn,Ue as Bt,Fr as C,Je as Cn,Bt as Ct,kr as D,je as Dn,Lt as Dt,Or as E,Ot as En,Ft as Et,tr as F,Oe as Fn,Le as Ft,R as G,de as Gn,vt as Gt,B as H,ge as Hn,Ie as Ht,H as I,we as In,wt as It,Nn as J,w as Jn,ft as Jt,z as K,pe as Kn,yt as Kt,ar as L,Ce as Ln,lt as Lt,fr as M,tt as Mn,Me as Mt,ir as N,Ve as Nn,it as Nt,Er as O,jt as On,ke as Ot,rr as P,De as Pn,st as Pt,I as Q,S as Qn,rt as Qt,nr as R,Te as Rn,Be as Rt,Ur as S,Ze as Sn,Ut as St,Dr as T,St as Tn,O as Tt,L as U,me as Un,ze as Ut,Gn as V,ye as Vn,Re as Vt,In as W,le as Wn,Mt as Wt,P as X,y as Xn,dt as Xt,Mn as Y,C as Yn,mt as Yt,F as Z,ce as Zn,kt as Zt,ci as _,He as _n,Xt as _t,Xi as a,et as an,fe as ar,Tn as at,ii as b,Nt as bn,Gt as bt,Bi as c,at as cn,m as cr,N as ct,Ei as d,ot as dn,u as dr,pn as dt,_t as en,_ as er,Cn as et,Ti as f,Et as fn,l as fr,ln as ft,fi as g,Tt as gn,Yt as gt,ui as h,Qe as hn,Jt as ht,Qi as i,bt as in,ne as ir,On as it,lr as j,We as jn,ct as jt,pr as k,At as kn,qe as kt,Ni as l,nt as ln,f as lr,gn as lt,di as m,Pe as mn,k as mt,$i as n,Ke as nn,se as nr,wn as nt,qi as o,Ye as on,ue as or,Sn as ot,yi as p,Fe as pn,A as pt,Fn as q,v as qn,pt as qt,ea as r,xt as rn,ee as rr,yn as rt,Vi as s,Ne as sn,b as sr,vn as st,ra as t,gt as tn,T as tr,xn as tt,Di as u,ht as un,d as ur,hn as ut,oi as v,$e as vn,qt as vt,Nr as w,Ct as wn,Rt as wt,Wr as x,Xe as xn,Kt as xt,ai as y,Ae as yn,Wt as yt,U as z,xe as zn,Dt as zt};