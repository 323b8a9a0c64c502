import{a as e,i as t,n,o as r,s as i,t as a,u as o}from"./clsx.js";var s=o(i(),1),c=r(),l=s.createContext(void 0),u=e=>{let t=s.useContext(l);if(e)return e;if(!t)throw Error(`No QueryClient set, use QueryClientProvider to set one`);return t},d=({client:e,children:t})=>(s.useEffect(()=>(e.mount(),()=>{e.unmount()}),[e]),(0,c.jsx)(l.Provider,{value:e,children:t})),f=class{constructor(){this.listeners=new Set,this.subscribe=this.subscribe.bind(this)}subscribe(e){return this.listeners.add(e),this.onSubscribe(),()=>{this.listeners.delete(e),this.onUnsubscribe()}}hasListeners(){return this.listeners.size>0}onSubscribe(){}onUnsubscribe(){}},p=new class extends f{#e;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e();return window.addEventListener(`visibilitychange`,t,!1),()=>{window.removeEventListener(`visibilitychange`,t)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(e=>{typeof e==`boolean`?this.setFocused(e):this.onFocus()})}setFocused(e){this.#e!==e&&(this.#e=e,this.onFocus())}onFocus(){let e=this.isFocused();this.listeners.forEach(t=>{t(e)})}isFocused(){return typeof this.#e==`boolean`?this.#e:globalThis.document?.visibilityState!==`hidden`}},m={setTimeout:(e,t)=>setTimeout(e,t),clearTimeout:e=>clearTimeout(e),setInterval:(e,t)=>setInterval(e,t),clearInterval:e=>clearInterval(e)},h=new class{#e=m;setTimeoutProvider(e){this.#e=e}setTimeout(e,t){return this.#e.setTimeout(e,t)}clearTimeout(e){this.#e.clearTimeout(e)}setInterval(e,t){return this.#e.setInterval(e,t)}clearInterval(e){this.#e.clearInterval(e)}};function g(e){setTimeout(e,0)}var _=typeof window>`u`||`Deno`in globalThis;function v(){}function y(e,t){return typeof e==`function`?e(t):e}function b(e){return typeof e==`number`&&e>=0&&e!==1/0}function ee(e,t){return Math.max(e+(t||0)-Date.now(),0)}function x(e,t){return typeof e==`function`?e(t):e}function S(e,t){let{type:n=`all`,exact:r,fetchStatus:i,predicate:a,queryKey:o,stale:s}=e;if(o){if(r){if(t.queryHash!==C(o,t.options))return!1}else if(!T(t.queryKey,o))return!1}if(n!==`all`){let e=t.isActive();if(n===`active`&&!e||n===`inactive`&&e)return!1}return!(typeof s==`boolean`&&t.isStale()!==s||i&&i!==t.state.fetchStatus||a&&!a(t))}function te(e,t){let{exact:n,status:r,predicate:i,mutationKey:a}=e;if(a){if(!t.options.mutationKey)return!1;if(n){if(w(t.options.mutationKey)!==w(a))return!1}else if(!T(t.options.mutationKey,a))return!1}return!(r&&t.state.status!==r||i&&!i(t))}function C(e,t){return(t?.queryKeyHashFn||w)(e)}function w(e){return JSON.stringify(e,(e,t)=>oe(t)?Object.keys(t).sort().reduce((e,n)=>(e[n]=t[n],e),{}):t)}function T(e,t){if(e===t)return!0;if(typeof e!=typeof t)return!1;if(e&&t&&typeof e==`object`&&typeof t==`object`){if(Array.isArray(e)!==Array.isArray(t))return!1;if(Array.isArray(e)&&Array.isArray(t)){if(t.length>e.length)return!1;for(let n=0;n<t.length;n++)if(!T(e[n],t[n]))return!1;return!0}let n=Object.keys(t);for(let r of n)if(!T(e[r],t[r]))return!1;return!0}return!1}var ne=Object.prototype.hasOwnProperty;function re(e,t,n=0){if(e===t)return e;if(n>500)return t;let r=ae(e)&&ae(t);if(!r&&!(oe(e)&&oe(t)))return t;let i=(r?e:Object.keys(e)).length,a=r?t:Object.keys(t),o=a.length,s=r?Array(o):{},c=0;for(let l=0;l<o;l++){let o=r?l:a[l],u=e[o],d=t[o];if(u===d){s[o]=u,(r?l<i:ne.call(e,o))&&c++;continue}if(u===null||d===null||typeof u!=`object`||typeof d!=`object`){s[o]=d;continue}let f=re(u,d,n+1);s[o]=f,f===u&&c++}return i===o&&c===i?e:s}function ie(e,t){if(!t||Object.keys(e).length!==Object.keys(t).length)return!1;for(let n of Object.keys(e))if(!ne.call(t,n)||e[n]!==t[n])return!1;return!0}function ae(e){return Array.isArray(e)&&e.length===Object.keys(e).length}function oe(e){if(!se(e))return!1;let t=Object.getPrototypeOf(e),n=t?.constructor;if(n===void 0)return!0;if(typeof n!=`function`)return!1;let r=n.prototype;return!(!se(r)||!r.hasOwnProperty(`isPrototypeOf`)||t!==Object.prototype)}function se(e){return Object.prototype.toString.call(e)===`[object Object]`}function ce(e){return new Promise(t=>{h.setTimeout(t,e)})}function le(e,t,n){return typeof n.structuralSharing==`function`?n.structuralSharing(e,t):n.structuralSharing===!1?t:re(e,t)}function ue(e){return e}function de(e,t,n,r){let i=r?[t,...e]:[...e,t];return n&&i.length>n?r?i.slice(0,n):i.slice(-n):i}var fe=Symbol();function pe(e,t){return!e.queryFn&&t?.initialPromise?()=>t.initialPromise:!e.queryFn||e.queryFn===fe?()=>Promise.reject(Error(`Missing queryFn: '${e.queryHash}'`)):e.queryFn}function me(e,t){return typeof e==`function`?e(...t):!!e}var he=Symbol();function ge(e,t,n,r){let i=!1,a;return Object.defineProperties(e,{[he]:{value:r},signal:{enumerable:!0,get:()=>(a??=t(),i||(i=!0,a.aborted?n():a.addEventListener(`abort`,n,{once:!0})),a)}}),e}var _e=()=>_,ve=()=>_e(),ye=g;function be(){let e=[],t=0,n=e=>{e()},r=e=>{e()},i=ye,a=r=>{t?e.push(r):i(()=>{n(r)})},o=()=>{let t=e;e=[],t.length&&i(()=>{r(()=>{t.forEach(e=>{n(e)})})})};return{batch:e=>{let n;t++;try{n=e()}finally{t--,t||o()}return n},batchCalls:e=>(...t)=>{a(()=>{e(...t)})},schedule:a,setNotifyFunction:e=>{n=e},setBatchNotifyFunction:e=>{r=e},setScheduler:e=>{i=e}}}var xe=be(),Se=class{#e;destroy(){this.clearGcTimeout()}scheduleGc(){this.clearGcTimeout(),b(this.gcTime)&&(this.#e=h.setTimeout(()=>{this.optionalRemove()},this.gcTime))}updateGcTime(e){this.gcTime=Math.max(this.gcTime||0,e??(ve()?1/0:3e5))}clearGcTimeout(){this.#e!==void 0&&(h.clearTimeout(this.#e),this.#e=void 0)}},Ce=new class extends f{#e=!0;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e(!0),n=()=>e(!1);return window.addEventListener(`online`,t,!1),window.addEventListener(`offline`,n,!1),()=>{window.removeEventListener(`online`,t),window.removeEventListener(`offline`,n)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(this.setOnline.bind(this))}setOnline(e){this.#e!==e&&(this.#e=e,this.listeners.forEach(t=>{t(e)}))}isOnline(){return this.#e}};function we(e){return Math.min(1e3*2**e,3e4)}function Te(e){return(e??`online`)!==`online`||Ce.isOnline()}var Ee=class extends Error{constructor(e){super(`CancelledError`),this.revert=e?.revert,this.silent=e?.silent}};function De(e){let t=!1,n=0,r,i=`pending`,a,o,s=new Promise((e,t)=>{a=e,o=t});s.catch(v);let c=()=>i!==`pending`,l=t=>{if(!c()){let n=new Ee(t);g(n),e.onCancel?.(n)}},u=()=>{t=!0},d=()=>{t=!1},f=()=>p.isFocused()&&(e.networkMode===`always`||Ce.isOnline())&&e.canRun(),m=()=>Te(e.networkMode)&&e.canRun(),h=e=>{c()||(r?.(),i=`resolved`,a(e))},g=e=>{c()||(r?.(),i=`rejected`,o(e))},_=t=>new Promise(n=>{r=e=>{(c()||t())&&n(e)},e.onPause?.()}).then(()=>{r=void 0,c()||e.onContinue?.()}),y=()=>{if(c())return;let r,i=n===0?e.initialPromise:void 0;try{r=i??e.fn()}catch(e){r=Promise.reject(e)}Promise.resolve(r).then(h).catch(r=>{if(c())return;let i=e.retry??(ve()?0:3),a=e.retryDelay??we,o=typeof a==`function`?a(n,r):a,s=i===!0||typeof i==`number`&&n<i||typeof i==`function`&&i(n,r);t||!s?g(r):(n++,e.onFail?.(n,r),ce(o).then(()=>c()||f()?void 0:_(f)).then(()=>{t?g(r):y()}))})};return{promise:s,status:()=>i,cancel:l,continue:()=>(r?.(),s),cancelRetry:u,continueRetry:d,canStart:m,start:()=>(m()?y():_(m).then(y),s)}}var Oe=document.querySelector(`meta[name="gatehouse-root"]`),ke=new URL(Oe?.content??`/`,window.location.href),Ae={catchesMails:document.querySelector(`meta[name="gatehouse-catches-mails"]`)?.content===`true`,passwordMinLength:Number(document.querySelector(`meta[name="gatehouse-password-min-length"]`)?.content??15),hasGraphiql:document.querySelector(`meta[name="gatehouse-graphiql"]`)?.content===`true`},E=class extends String{__apiType;value;__meta__;constructor(e,t){super(e),this.value=e,this.__meta__=t}toString(){return this.value}};new E(`
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
    `,{fragmentName:`refusal`}),new E(`
    fragment session on Session {
  id
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  current
}
    `,{fragmentName:`session`}),new E(`
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
    `,{fragmentName:`event`}),new E(`
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
    `,{fragmentName:`managed`}),new E(`
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
    `,{fragmentName:`plan`}),new E(`
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
    `,{fragmentName:`job`}),new E(`
    fragment declaration on TensorSpec {
  name
  datatype
  shape
  optional
}
    `,{fragmentName:`declaration`}),new E(`
    fragment tensor on Tensor {
  name
  datatype
  shape
  values
}
    `,{fragmentName:`tensor`}),new E(`
    fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}
    `,{fragmentName:`spent`}),new E(`
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
    `,{fragmentName:`reading`}),new E(`
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
    `,{fragmentName:`token`}),new E(`
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
    `,{fragmentName:`point`}),new E(`
    fragment account on User {
  id
  email
  displayName
  locale
  role
}
    `,{fragmentName:`account`});var je=new E(`
    query Account {
  me {
    ...account
    displayName
    locale
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
}`),Me=new E(`
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
}`),Ne=new E(`
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
}`),Pe=new E(`
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
}`),Fe=new E(`
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
}`),Ie=new E(`
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
}`),Le=new E(`
    mutation RevokeOtherSessions {
  result: revokeOtherSessions {
    count
  }
}
    `),Re=new E(`
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
}`),ze=new E(`
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
}`),Be=new E(`
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
}`),Ve=new E(`
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
}`),He=new E(`
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
}`),Ue=new E(`
    query WebhookSecret {
  me {
    id
    webhookSecret {
      createdAt
      previousEndsAt
    }
  }
}
    `),We=new E(`
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
}`),Ge=new E(`
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
}`),Ke=new E(`
    query Users($first: Int!, $after: String, $search: String, $state: UserState, $plan: String) {
  users(first: $first, after: $after, search: $search, state: $state, plan: $plan) {
    nodes {
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
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    `),qe=new E(`
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
}`),Je=new E(`
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
}`),Ye=new E(`
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
}`),Xe=new E(`
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
}`),Ze=new E(`
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
}`),Qe=new E(`
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
}`),$e=new E(`
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
}`),et=new E(`
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
}`),tt=new E(`
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
}`),nt=new E(`
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
}`),rt=new E(`
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
}`),it=new E(`
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
}`),at=new E(`
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
}`),ot=new E(`
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
}`),st=new E(`
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
}`),ct=new E(`
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
}`),lt=new E(`
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
}`),ut=new E(`
    query CaughtMail($email: String!) {
  caughtMail(email: $email) {
    subject
    text
    code
  }
}
    `),dt=new E(`
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
}`),ft=new E(`
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
}`),pt=new E(`
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
    `),mt=new E(`
    query JobResult($id: ID!) {
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
}`),ht=new E(`
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
}`),gt=new E(`
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
    `),_t=new E(`
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
}`),vt=new E(`
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
    `),yt=new E(`
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
}`),bt=new E(`
    query Infer($model: String!, $inputs: [TensorInput!]!) {
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
}
fragment spent on RateLimit {
  cost
  windows {
    name
    limit
    remaining
  }
}`),xt=new E(`
    subscription InferStream($model: String!, $inputs: [TensorInput!]!) {
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
}`),St=new E(`
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
}`),Ct=new E(`
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
}`),wt=new E(`
    query Tokens($first: Int!, $after: String, $includeEnded: Boolean!) {
  me {
    id
    plan {
      id
      maxApiTokens
      maxTokenLifetime
      unitsPerMinute
    }
    apiTokens(first: $first, after: $after, includeEnded: $includeEnded) {
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
}`),Tt=new E(`
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
    `),Et=new E(`
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
}`),Dt=new E(`
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
}`),Ot=new E(`
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
}`),kt=new E(`
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
}`),At=new E(`
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
}`),jt=new E(`
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
    `),Mt=new E(`
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
}`),Nt=new E(`
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
    `),Pt=new E(`
    query ExportUsage($month: String!) {
  exportUsage(month: $month) {
    url
  }
}
    `),Ft=new E(`
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
}`),It=new E(`
    mutation Logout {
  logout {
    at
  }
}
    `);function Lt(e,t=`variables`){return e instanceof Blob?[{path:t,file:e}]:typeof e!=`object`||!e?[]:Object.entries(e).flatMap(([e,n])=>Lt(n,`${t}.${e}`))}var Rt=new URL(`graphql`,ke),zt={"GraphQL-Require-Preflight":`1`},Bt=`application/graphql-response+json, application/json`,D=class extends Error{code;retryAfterSeconds;requestId;constructor(e,t,n,r){super(t),this.code=e,this.retryAfterSeconds=n,this.requestId=r}};async function Vt(e,t,n){let{data:r,errors:i}=await Ut(e.toString(),t,n);if(i?.[0])throw Kt(i[0]);if(!r)throw new D(`INTERNAL`,`The answer has no data.`);return r}function Ht(e){if(e==null)throw new D(`UNAUTHENTICATED`,`The session has ended.`);return e}async function Ut(e,t,n){let r;try{r=await fetch(Rt,{method:`POST`,credentials:`same-origin`,signal:n,...Wt(e,t)})}catch(e){throw n?.aborted?e:new D(`UNREACHABLE`,`The service cannot be reached.`)}let i=await Gt(r);if(!i)throw new D(`UNREACHABLE`,`The answer is not from Gatehouse (status ${r.status}).`);return i}function Wt(e,t){let n=Lt(t);if(!n.length)return{headers:{...zt,Accept:Bt,"Content-Type":`application/json`},body:JSON.stringify({query:e,variables:t})};let r=new FormData;return r.append(`operations`,JSON.stringify({query:e,variables:t},(e,t)=>t instanceof Blob?null:t)),r.append(`map`,JSON.stringify(Object.fromEntries(n.map(({path:e},t)=>[t,[e]])))),n.forEach(({file:e},t)=>r.append(String(t),e)),{headers:{...zt,Accept:Bt},body:r}}async function Gt(e){try{let t=await e.json();return t.data||t.errors?.length?t:null}catch{return null}}function Kt({message:e,extensions:t}){return new D(t?.code??`INTERNAL`,e,t?.retryAfterSeconds,t?.requestId)}function qt({title:e,lead:t,actions:n,children:r}){let i=(0,s.useRef)(null);return(0,s.useEffect)(()=>{document.title=`${e} · Gatehouse`},[e]),(0,s.useEffect)(()=>i.current?.focus({preventScroll:!0}),[]),(0,c.jsxs)(c.Fragment,{children:[(0,c.jsxs)(`header`,{className:`page-head`,children:[(0,c.jsx)(`h1`,{ref:i,tabIndex:-1,children:e}),n]}),t&&(0,c.jsx)(`p`,{className:`lead`,children:t}),r]})}function Jt(e){return e!==null&&`code`in e&&`message`in e}function Yt(e){return{code:e.code,message:e.message,retryAfterSeconds:e.__typename===`TooManyAttempts`?e.retryAfterSeconds:void 0,inputs:e.__typename===`InvalidInput`?e.problems:[],limit:e.__typename===`LimitReached`?e.limit:void 0}}function Xt(e){if(!(e instanceof D))throw e;return{code:e.code,message:e.message,retryAfterSeconds:e.retryAfterSeconds,requestId:e.requestId,inputs:[]}}function O(...e){return(...t)=>{for(let n of e)typeof n==`function`&&n(...t)}}var k=typeof document<`u`?s.useLayoutEffect:()=>{},Zt={prefix:String(Math.round(Math.random()*1e10)),current:0},Qt=s.createContext(Zt),$t=s.createContext(!1);typeof window<`u`&&window.document&&window.document.createElement;var en=new WeakMap;function tn(e=!1){let t=(0,s.useContext)(Qt),n=(0,s.useRef)(null);if(n.current===null&&!e){let e=s.default.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED?.ReactCurrentOwner?.current;if(e){let n=en.get(e);n==null?en.set(e,{id:t.current,state:e.memoizedState}):e.memoizedState!==n.state&&(t.current=n.id,en.delete(e))}n.current=++t.current}return n.current}function nn(e){let t=(0,s.useContext)(Qt),n=tn(!!e),r=`react-aria${t.prefix}`;return e||`${r}-${n}`}function rn(e){let t=s.useId(),[n]=(0,s.useState)(ln()),r=n?`react-aria`:`react-aria${Zt.prefix}`;return e||`${r}-${t}`}var an=typeof s.useId==`function`?rn:nn;function on(){return!1}function sn(){return!0}function cn(e){return()=>{}}function ln(){return typeof s.useSyncExternalStore==`function`?s.useSyncExternalStore(cn,on,sn):(0,s.useContext)($t)}function un(e){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(t),i=(0,s.useRef)(null),a=(0,s.useRef)(()=>{if(!i.current)return;let e=i.current.next();e.done?i.current=null:r.current===e.value?a.current():n(e.value)});return k(()=>{r.current=t,i.current&&a.current()}),[t,(0,s.useCallback)(e=>{i.current=e(r.current),a.current()},[a])]}var dn=!!(typeof window<`u`&&window.document&&window.document.createElement),A=new Map,j;typeof FinalizationRegistry<`u`&&(j=new FinalizationRegistry(e=>{A.delete(e)}));var fn=new WeakMap;function pn(e){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(null),i=an(t),a=(0,s.useRef)(null),o=fn.get(a);if(j&&o!==i&&(o!=null&&j.unregister(a),j.register(a,i,a),fn.set(a,i)),dn){let e=A.get(i);e&&!e.includes(r)?e.push(r):A.set(i,[r])}return k(()=>{let e=i;return()=>{j&&(j.unregister(a),fn.delete(a)),A.delete(e)}},[i]),(0,s.useEffect)(()=>{let e=r.current;return e&&n(e),()=>{e&&(r.current=null)}}),i}function mn(e,t){if(e===t)return e;let n=A.get(e);if(n)return n.forEach(e=>e.current=t),t;let r=A.get(t);return r?(r.forEach(t=>t.current=e),e):t}function hn(e=[]){let t=pn(),[n,r]=un(t),i=(0,s.useCallback)(()=>{r(function*(){yield t,yield document.getElementById(t)?t:void 0})},[t,r]);return k(i,[t,i,...e]),n}function gn(...e){return e.length===1&&e[0]?e[0]:t=>{let n=!1,r=e.map(e=>{let r=_n(e,t);return n||=typeof r==`function`,r});if(n)return()=>{r.forEach((t,n)=>{typeof t==`function`?t():_n(e[n],null)})}}}function _n(e,t){if(typeof e==`function`)return e(t);e!=null&&(e.current=t)}function M(...e){let t={...e[0]};for(let n=1;n<e.length;n++){let r=e[n];for(let e in r){let n=t[e],i=r[e];typeof n==`function`&&typeof i==`function`&&e[0]===`o`&&e[1]===`n`&&e.charCodeAt(2)>=65&&e.charCodeAt(2)<=90?t[e]=O(n,i):(e===`className`||e===`UNSAFE_className`)&&typeof n==`string`&&typeof i==`string`?t[e]=a(n,i):e===`id`&&n&&i?t.id=mn(n,i):e===`ref`&&n&&i?t.ref=gn(n,i):t[e]=i===void 0?n:i}}return t}function vn(e){let t=(0,s.useRef)(null),n=(0,s.useRef)(void 0),r=(0,s.useCallback)(t=>{if(typeof e==`function`){let n=e,r=n(t);return()=>{typeof r==`function`?r():n(null)}}if(e)return e.current=t,()=>{e.current=null}},[e]);return(0,s.useMemo)(()=>({get current(){return t.current},set current(e){t.current=e,n.current&&=(n.current(),void 0),e!=null&&(n.current=r(e))}}),[r])}e();var yn=Symbol(`default`);function bn({values:e,children:t}){for(let[n,r]of e)t=s.createElement(n.Provider,{value:r},t);return t}function xn(e){let{className:t,style:n,children:r,defaultClassName:i,defaultChildren:a,defaultStyle:o,values:c,render:l}=e;return(0,s.useMemo)(()=>{let e,s,u;return e=typeof t==`function`?t({...c,defaultClassName:i}):t,s=typeof n==`function`?n({...c,defaultStyle:o||{}}):n,u=typeof r==`function`?r({...c,defaultChildren:a}):r??a,{className:e??i,style:s||o?{...o,...s}:void 0,children:u??a,"data-rac":``,render:l?e=>l(e,c):void 0}},[t,n,r,i,a,o,c,l])}function Sn(e,t){let n=(0,s.useContext)(e);if(t===null)return null;if(n&&typeof n==`object`&&`slots`in n&&n.slots){let e=t||yn;if(!n.slots[e]){let e=new Intl.ListFormat().format(Object.keys(n.slots).map(e=>`"${e}"`)),r=t?`Invalid slot "${t}".`:`A slot prop is required.`;throw Error(`${r} Valid slot names are ${e}.`)}return n.slots[e]}return n}function Cn(e,t,n){let{ref:r,...i}=Sn(n,e.slot)||{},a=vn((0,s.useMemo)(()=>gn(t,r),[t,r])),o=M(i,e);return`style`in i&&i.style&&`style`in e&&e.style&&(o.style=typeof i.style==`function`||typeof e.style==`function`?t=>{let n=typeof i.style==`function`?i.style(t):i.style,r={...t.defaultStyle,...n},a=typeof e.style==`function`?e.style({...t,defaultStyle:r}):e.style;return{...r,...a}}:{...i.style,...e.style}),[o,a]}function wn(e=!0){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(!1),i=(0,s.useCallback)(e=>{r.current=!0,n(!!e)},[]);return k(()=>{r.current||n(!1)},[]),[i,t]}function Tn(e){let t=/^(data-.*)$/,n={};for(let r in e)t.test(r)||(n[r]=e[r]);return n}function En(e,t,n){let{render:r,...i}=t,a=(0,s.useRef)(null),o=(0,s.useMemo)(()=>gn(n,a),[n,a]);k(()=>{},[e,r]);let c={...i,ref:o};return r?r(c,void 0):s.createElement(e,c)}var Dn={},On=new Proxy({},{get(e,t){if(typeof t!=`string`)return;let n=Dn[t];return n||(n=(0,s.forwardRef)(En.bind(null,t)),Dn[t]=n),n}}),N=e=>An(e)?e.document:jn(e)?e:e?.ownerDocument??(typeof document<`u`?document:void 0),P=e=>N(e)?.defaultView??(typeof window<`u`?window:void 0);function kn(e){return typeof e==`object`&&!!e&&`nodeType`in e&&typeof e.nodeType==`number`}function An(e){return typeof e==`object`&&!!e&&`window`in e&&e.window===e}function jn(e){return kn(e)&&e.nodeType===9}function Mn(e){return kn(e)&&e.nodeType===11&&`host`in e}function Nn(e,t,n,r){if(n==null||e==null)return()=>{};let i=Array.isArray(e)?e:[e];for(let e of i)e.addEventListener(t,n,r);return()=>{for(let e of i)e.removeEventListener(t,n,r)}}function Pn(e,t,n,r){if(e==null)return()=>{};let i=[],a=Array.isArray(e)?e:[e];for(let e of a){let a=e.style.getPropertyValue(t),o=e.style.getPropertyPriority(t);e.style.setProperty(t,n,r),i.unshift(()=>{a?e.style.setProperty(t,a,o):e.style.removeProperty(t)})}return()=>{for(let e of i)e()}}var Fn=!1;function In(){return Fn}function F(e,t){if(!In())return t&&e?e.contains(t):!1;if(!e||!t)return!1;let n=t;for(;n!=null;){if(n===e)return!0;n=typeof n.assignedElements!=`function`&&n.assignedSlot?.parentNode?n.assignedSlot.parentNode:Mn(n)?n.host:n.parentNode}return!1}var I=(e=document)=>{if(!In())return e.activeElement;let t=e.activeElement;for(;t&&`shadowRoot`in t&&t.shadowRoot?.activeElement;)t=t.shadowRoot.activeElement;return t};function L(e){if(In()&&e.target instanceof Element&&e.target.shadowRoot){if(`composedPath`in e)return e.composedPath()[0]??null;if(`composedPath`in e.nativeEvent)return e.nativeEvent.composedPath()[0]??null}return e.target}function Ln(e){if(!e)return!1;let t=e.getRootNode(),n=P(e);if(!(t instanceof n.Document||t instanceof n.ShadowRoot))return!1;let r=t.activeElement;return r!=null&&e.contains(r)}function R(e){e.focus({preventScroll:!0})}var Rn=typeof Element<`u`&&`checkVisibility`in Element.prototype;function zn(e){let t=P(e);if(!(e instanceof t.HTMLElement)&&!(e instanceof t.SVGElement))return!1;let{display:n,visibility:r}=e.style,i=n!==`none`&&r!==`hidden`&&r!==`collapse`;if(i){let{getComputedStyle:t}=P(e),{display:n,visibility:r}=t(e);i=n!==`none`&&r!==`hidden`&&r!==`collapse`}return i}function Bn(e,t){return!e.hasAttribute(`hidden`)&&!e.hasAttribute(`data-react-aria-prevent-focus`)&&(e.nodeName===`DETAILS`&&t&&t.nodeName!==`SUMMARY`?e.hasAttribute(`open`):!0)}function Vn(e,t){return Rn?e.checkVisibility({visibilityProperty:!0})&&!e.closest(`[data-react-aria-prevent-focus]`):e.nodeName!==`#comment`&&zn(e)&&Bn(e,t)&&(!e.parentElement||Vn(e.parentElement,e))}var Hn=[`input:not([disabled]):not([type=hidden])`,`select:not([disabled])`,`textarea:not([disabled])`,`button:not([disabled])`,`a[href]`,`area[href]`,`summary`,`iframe`,`object`,`embed`,`audio[controls]`,`video[controls]`,`[contenteditable]:not([contenteditable^="false"])`,`permission`],Un=Hn.join(`:not([hidden]),`)+`,[tabindex]:not([disabled]):not([hidden])`;Hn.push(`[tabindex]:not([tabindex="-1"]):not([disabled])`);var Wn=Hn.join(`:not([hidden]):not([tabindex="-1"]),`);function Gn(e,t){return e.matches(Un)&&!qn(e)&&(t?.skipVisibilityCheck||Vn(e))}function Kn(e){return e.matches(Wn)&&Vn(e)&&!qn(e)}function qn(e){let t=e;for(;t!=null;){if(t instanceof P(t).HTMLElement&&t.inert)return!0;t=t.parentElement}return!1}function Jn(e){let t=e;return t.nativeEvent=e,t.isDefaultPrevented=()=>t.defaultPrevented,t.isPropagationStopped=()=>t.cancelBubble,t.persist=()=>{},t}function Yn(e,t){Object.defineProperty(e,"target",{value:t}),Object.defineProperty(e,"currentTarget",{value:t})}function Xn(e){let t=(0,s.useRef)({isFocused:!1,observer:null});return k(()=>{let e=t.current;return()=>{e.observer&&=(e.observer.disconnect(),null)}},[]),(0,s.useCallback)(n=>{let r=L(n);if(r instanceof HTMLButtonElement||r instanceof HTMLInputElement||r instanceof HTMLTextAreaElement||r instanceof HTMLSelectElement){t.current.isFocused=!0;let n=r;n.addEventListener(`focusout`,r=>{if(t.current.isFocused=!1,n.disabled){let t=Jn(r);e?.(t)}t.current.observer&&(t.current.observer.disconnect(),t.current.observer=null)},{once:!0}),t.current.observer=new MutationObserver(()=>{if(t.current.isFocused&&n.disabled){t.current.observer?.disconnect();let e=n===I()?null:I();n.dispatchEvent(new FocusEvent(`blur`,{relatedTarget:e})),n.dispatchEvent(new FocusEvent(`focusout`,{bubbles:!0,relatedTarget:e}))}}),t.current.observer.observe(n,{attributes:!0,attributeFilter:[`disabled`]})}},[e])}var Zn=!1;function Qn(e){for(;e&&!Gn(e,{skipVisibilityCheck:!0});)e=e.parentElement;let t=I(P(e).document);if(!t||t===e)return;let n=e?.getRootNode(),r=n!=null&&Mn(n)?n:P(e),i=t=>t===e||kn(t)&&F(e,t),a=e=>e===t||t!=null&&kn(e)&&F(t,e);Zn=!0;let o=!1,s=e=>{(a(L(e))||o)&&e.stopImmediatePropagation()},c=n=>{(a(L(n))||o)&&(n.stopImmediatePropagation(),!e&&!o&&(o=!0,R(t),d()))},l=e=>{(i(L(e))||o)&&e.stopImmediatePropagation()},u=e=>{(i(L(e))||o)&&(e.stopImmediatePropagation(),o||(o=!0,R(t),d()))};r.addEventListener(`blur`,s,!0),r.addEventListener(`focusout`,c,!0),r.addEventListener(`focusin`,u,!0),r.addEventListener(`focus`,l,!0);let d=()=>{cancelAnimationFrame(f),r.removeEventListener(`blur`,s,!0),r.removeEventListener(`focusout`,c,!0),r.removeEventListener(`focusin`,u,!0),r.removeEventListener(`focus`,l,!0),Zn=!1,o=!1},f=requestAnimationFrame(d);return d}function $n(e){if(typeof window>`u`||window.navigator==null)return!1;let t=window.navigator.userAgentData?.brands;return Array.isArray(t)&&t.some(t=>e.test(t.brand))||e.test(window.navigator.userAgent)}function er(e){return typeof window<`u`&&window.navigator!=null&&e.test(window.navigator.userAgentData?.platform||window.navigator.platform)}function z(e){let t=null;return()=>(t??=e(),t)}var B=z(function(){return er(/^Mac/i)}),tr=z(function(){return er(/^iPhone/i)}),nr=z(function(){return er(/^iPad/i)||B()&&navigator.maxTouchPoints>1}),V=z(function(){return tr()||nr()}),rr=z(function(){return B()||V()}),ir=z(function(){return $n(/AppleWebKit/i)&&(V()||!ar())}),ar=z(function(){return $n(/Chrome|CriOS|CrMo/i)}),or=z(function(){return $n(/Android/i)});function sr(e){return e.pointerType===``&&e.isTrusted?!0:or()&&e.pointerType?e.type===`click`&&e.buttons===1:e.detail===0&&!e.pointerType}function cr(e){return!or()&&e.width===0&&e.height===0||or()&&e.width===1&&e.height===1&&e.pressure===0&&e.detail===0&&e.pointerType===`mouse`}var lr=(0,s.createContext)({isNative:!0,open:fr,useHref:e=>e});function ur(){return(0,s.useContext)(lr)}function H(e,t,n=!0){let{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}=t,s=ir()&&B()&&!nr()?new KeyboardEvent(`keydown`,{keyIdentifier:`Enter`,metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}):new MouseEvent(`click`,{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o,detail:1,bubbles:!0,cancelable:!0});H.isOpening=n,R(e),e.dispatchEvent(s),H.isOpening=!1}H.isOpening=!1;function dr(e,t){if(e instanceof HTMLAnchorElement)t(e);else if(e.hasAttribute(`data-href`)){let n=document.createElement(`a`);n.href=e.getAttribute(`data-href`),e.hasAttribute(`data-target`)&&(n.target=e.getAttribute(`data-target`)),e.hasAttribute(`data-rel`)&&(n.rel=e.getAttribute(`data-rel`)),e.hasAttribute(`data-download`)&&(n.download=e.getAttribute(`data-download`)),e.hasAttribute(`data-ping`)&&(n.ping=e.getAttribute(`data-ping`)),e.hasAttribute(`data-referrer-policy`)&&(n.referrerPolicy=e.getAttribute(`data-referrer-policy`)),e.appendChild(n),t(n),e.removeChild(n)}}function fr(e,t){dr(e,e=>H(e,t))}function pr(e){let t=ur().useHref(e.href??``);return{"data-href":e.href?t:void 0,"data-target":e.target,"data-rel":e.rel,"data-download":e.download,"data-ping":e.ping,"data-referrer-policy":e.referrerPolicy}}function mr(e){let t=ur().useHref(e?.href??``),n={};if(e)for(let r of[`href`,`target`,`rel`,`download`,`ping`,`referrerPolicy`])r in e&&e[r]!==void 0&&(n[r]=r===`href`?t:e[r]);return n}var U=null,W=new Set,G=new Map,K=!1,hr=!1,gr={Tab:!0,Escape:!0};function _r(e,t){for(let n of W)n(e,t)}function vr(e){return!(e.metaKey||!B()&&e.altKey||e.ctrlKey||e.key===`Control`||e.key===`Shift`||e.key===`Meta`)}function yr(e){K=!0,!H.isOpening&&vr(e)&&(U=`keyboard`,_r(`keyboard`,e))}function q(e){U=`pointer`,`pointerType`in e&&e.pointerType,(e.type===`mousedown`||e.type===`pointerdown`)&&(K=!0,_r(`pointer`,e))}function br(e){!H.isOpening&&sr(e)&&(K=!0,U=`virtual`)}function xr(e){if(Zn)return;let t=L(e),n=P(t),r=N(t);t===n?hr=!0:t!==r&&e.isTrusted&&(!K&&!hr&&(U=`virtual`,_r(`virtual`,e)),K=!1,hr=!1)}function Sr(){Zn||(K=!1,hr=!0)}function Cr(e){let t=I(N(L(e)));queueMicrotask(()=>{I(N(L(e)))!==t&&kr(`keyboard`)})}function wr(e){if(typeof window>`u`||typeof document>`u`)return;let t=P(e),n=N(e);if(G.get(t))return;let r=t.HTMLElement.prototype.focus;Reflect.defineProperty(t.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:function(){K=!0,r.apply(this,arguments)}}),n.addEventListener(`keydown`,yr,!0),n.addEventListener(`keyup`,yr,!0),n.addEventListener(`click`,br,!0),n.addEventListener(`invalid`,Cr,!0),t.addEventListener(`focus`,xr,!0),t.addEventListener(`blur`,Sr,!1),typeof PointerEvent<`u`&&(n.addEventListener(`pointerdown`,q,!0),n.addEventListener(`pointermove`,q,!0),n.addEventListener(`pointerup`,q,!0)),t.addEventListener(`beforeunload`,()=>{Tr(e)},{once:!0}),G.set(t,{focus:r})}var Tr=(e,t)=>{let n=P(e),r=N(e);t&&r.removeEventListener(`DOMContentLoaded`,t),G.has(n)&&(Reflect.defineProperty(n.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:G.get(n).focus}),r.removeEventListener(`keydown`,yr,!0),r.removeEventListener(`keyup`,yr,!0),r.removeEventListener(`click`,br,!0),r.removeEventListener(`invalid`,Cr,!0),n.removeEventListener(`focus`,xr,!0),n.removeEventListener(`blur`,Sr,!1),typeof PointerEvent<`u`&&(r.removeEventListener(`pointerdown`,q,!0),r.removeEventListener(`pointermove`,q,!0),r.removeEventListener(`pointerup`,q,!0)),G.delete(n))};function Er(e){let t=N(e),n;return t.readyState===`loading`?(n=()=>{wr(e)},t.addEventListener(`DOMContentLoaded`,n)):wr(e),()=>Tr(e,n)}typeof document<`u`&&Er();function Dr(){return U!==`pointer`}function Or(){return U}function kr(e){U=e,_r(e,null)}function Ar(){wr();let[e,t]=(0,s.useState)(U);return(0,s.useEffect)(()=>{let e=()=>{t(U)};return W.add(e),()=>{W.delete(e)}},[]),ln()?null:e}var jr=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function Mr(e,t,n){let r=n?L(n):void 0,i=N(r),a=P(r),o=a===void 0?HTMLInputElement:a.HTMLInputElement,s=a===void 0?HTMLTextAreaElement:a.HTMLTextAreaElement,c=a===void 0?HTMLElement:a.HTMLElement,l=a===void 0?KeyboardEvent:a.KeyboardEvent,u=I(i);return e=e||u instanceof o&&!jr.has(u.type)||u instanceof s||u instanceof c&&u.isContentEditable,!(e&&t===`keyboard`&&n instanceof l&&!gr[n.key])}function Nr(e,t,n){wr(),(0,s.useEffect)(()=>{if(n?.enabled===!1)return;let t=(t,r)=>{Mr(!!n?.isTextInput,t,r)&&e(Dr())};return W.add(t),()=>{W.delete(t)}},t)}function Pr(e,t){let n=P(t),r=N(t);if(r==null||n==null)return;let i,a=`meta[name="${CSS.escape(e)}"], meta[property="${CSS.escape(e)}"]`,o=r.querySelector(a);return o&&o instanceof n.HTMLMetaElement&&(e===`csp-nonce`&&o.nonce&&(i??=o.nonce||void 0),o.content&&(i??=o.content||void 0)),e===`csp-nonce`&&(i??=n.__webpack_nonce__||globalThis.__webpack_nonce__||void 0),i}var Fr=s.useInsertionEffect??k;function Ir(e){let t=(0,s.useRef)(null);return Fr(()=>{t.current=e},[e]),(0,s.useCallback)((...e)=>{let n=t.current;return n?.(...e)},[])}var J=new Map,Lr=new Set;function Rr(e){return`propertyName`in e}function zr(e){let t=L(e);if(!Rr(e)||!t)return;let n=J.get(t);n||(n=new Set,J.set(t,n),t.addEventListener(`transitioncancel`,Br,{once:!0})),n.add(e.propertyName)}function Br(e){let t=L(e);if(!Rr(e)||!t)return;let n=J.get(t);if(n&&(n.delete(e.propertyName),n.size===0&&(t.removeEventListener(`transitioncancel`,Br),J.delete(t)),J.size===0))for(let e of Lr)e(!0),Lr.delete(e)}function Vr(){Nn(document,`transitionrun`,zr),Nn(document,`transitionend`,Br)}function Hr(){for(let[e]of J)`isConnected`in e&&!e.isConnected&&J.delete(e)}typeof document<`u`&&(document.readyState===`loading`?Nn(document,`DOMContentLoaded`,Vr):Vr());function Ur(e){let t=window.requestAnimationFrame(()=>{if(Hr(),J.size===0)return e(!1);Lr.add(e)});return()=>{window.cancelAnimationFrame(t),Lr.delete(e)}}function Wr(e){if(!e.isConnected)return;let t=N(e);if(Or()===`virtual`){let n=I(t);Ur(()=>{let r=I(t);(r===n||r===t.body)&&e.isConnected&&R(e)})}else R(e)}function Gr(e){let{isDisabled:t,onFocus:n,onBlur:r,onFocusChange:i}=e,a=(0,s.useCallback)(e=>{if(L(e)===e.currentTarget)return r&&r(e),i&&i(!1),!0},[r,i]),o=Xn(a),c=(0,s.useCallback)(e=>{let t=L(e),r=N(t),a=r?I(r):I();t===e.currentTarget&&t===a&&(n&&n(e),i&&i(!0),o(e))},[i,n,o]);return{focusProps:{onFocus:!t&&(n||i||r)?c:void 0,onBlur:!t&&(r||i)?a:void 0}}}function Y(e){if(e)return t=>{let n=!0;e({...t,preventDefault(){t.preventDefault()},isDefaultPrevented(){return t.isDefaultPrevented()},stopPropagation(){n=!0},continuePropagation(){n=!1,typeof t.continuePropagation==`function`&&t.continuePropagation()},isPropagationStopped(){return n}}),n&&!(typeof t.isPropagationStopped==`function`&&t.isPropagationStopped())&&t.stopPropagation()}}var Kr=new Set([`shift`,`alt`,`control`,`meta`,`mod`]),qr=[`Alt`,`Control`,`Meta`,`Shift`];function Jr(e){let t=new Set;return e.alt&&t.add(`Alt`),e.shift&&t.add(`Shift`),e.ctrl&&t.add(`Control`),e.meta&&t.add(`Meta`),e.mod&&t.add(B()?`Meta`:`Control`),t}function Yr(e){let t=new Set;return e.altKey&&t.add(`Alt`),e.ctrlKey&&t.add(`Control`),e.metaKey&&t.add(`Meta`),e.shiftKey&&t.add(`Shift`),t}function Xr(e){return qr.filter(t=>e.has(t))}function Zr(e){let t=e.split(`+`).reduce((e,t)=>{let n=t.toLowerCase();return Kr.has(n)?n===`shift`?e.shift=!0:n===`alt`?e.alt=!0:n===`control`?e.ctrl=!0:n===`meta`?e.meta=!0:n===`mod`&&(e.mod=!0):e.key=t,e},{shift:!1,alt:!1,ctrl:!1,meta:!1,mod:!1,key:``});if(t.key===``)throw Error(`Invalid keyboard shortcut: "${e}". Must include exactly one non-modifier key (e.g. "a", "Enter", "ArrowDown"). Combine any of Shift, Alt, Ctrl, Meta, and Mod.`);return t}function Qr(e){return e.toLowerCase()}var $r={space:` `,esc:`escape`,del:`delete`,ins:`insert`,left:`arrowleft`,right:`arrowright`,up:`arrowup`,down:`arrowdown`,pageup:`pageup`,pagedown:`pagedown`};function ei(e){let t=Qr(e);return $r[t]??t}function ti(e){let t=Xr(Jr(e)),n=ei(e.key);return t.length>0?`${t.join(`+`)}+${n}`:n}function ni(e){let t=Xr(Yr(e)),n=Qr(e.key);return(t.length>0?`${t.join(`+`)}+`:``)+n}function ri(e){let t=new Map;for(let[n,r]of Object.entries(e)){let e=Zr(n);t.set(ti(e),r)}return e=>{let n=ni(e),r=t.get(n),i=r?.(e);i===void 0&&r!==void 0?i={shouldContinuePropagation:!1,shouldPreventDefault:!0}:typeof i==`boolean`&&(i={shouldContinuePropagation:!i,shouldPreventDefault:i}),i?.shouldPreventDefault&&e.preventDefault(),(!r||i?.shouldContinuePropagation)&&e.continuePropagation()}}function ii(e){let{shortcuts:t,allowRepeats:n=!1,allowComposing:r=!1}=e,i,a;if(t){let o=ri(t),s=Y(e=>{F(e.currentTarget,L(e))?e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing&&!r?e.continuePropagation():o(e):e.continuePropagation()}),c=Y(e=>{F(e.currentTarget,L(e))&&(e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing),e.continuePropagation()});i=e.onKeyDown?O(e.onKeyDown,s):s,a=e.onKeyUp?O(e.onKeyUp,c):c}else i=Y(e.onKeyDown),a=Y(e.onKeyUp);return{keyboardProps:e.isDisabled?{}:{onKeyDown:i,onKeyUp:a}}}function ai(e,t){k(()=>{if(e&&e.ref&&t)return e.ref.current=t.current,()=>{e.ref&&(e.ref.current=null)}})}var oi=s.createContext(null);function si(e){let t=(0,s.useContext)(oi)||{};ai(t,e);let{ref:n,...r}=t;return r}function ci(e,t){let{focusProps:n}=Gr(e),{keyboardProps:r}=ii(e),i=M(n,r),a=si(t),o=e.isDisabled?{}:a,c=(0,s.useRef)(e.autoFocus);(0,s.useEffect)(()=>{c.current&&t.current&&Wr(t.current),c.current=!1},[t]);let l=e.excludeFromTabOrder?-1:0;return e.isDisabled&&(l=void 0),{focusableProps:M({...i,tabIndex:l},o)}}typeof HTMLTemplateElement<`u`&&(Object.defineProperty(HTMLTemplateElement.prototype,"firstChild",{configurable:!0,enumerable:!0,get:function(){return this.content.firstChild}}),Object.defineProperty(HTMLTemplateElement.prototype,"appendChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.appendChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"removeChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.removeChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"insertBefore",{configurable:!0,enumerable:!0,value:function(e,t){return this.content.insertBefore(e,t)}}));var li=(0,s.createContext)(!1);function ui(e){if((0,s.useContext)(li))return s.createElement(s.Fragment,null,e.children);let t=s.createElement(li.Provider,{value:!0},e.children);return s.createElement(`template`,null,t)}function di(e){let t=(t,n)=>(0,s.useContext)(li)?null:e(t,n);return t.displayName=e.displayName||e.name,(0,s.forwardRef)(t)}function fi(){return(0,s.useContext)(li)}var pi=new Set([`id`]),mi=new Set([`aria-label`,`aria-labelledby`,`aria-describedby`,`aria-details`]),hi=new Set([`href`,`hrefLang`,`target`,`rel`,`download`,`ping`,`referrerPolicy`]),gi=new Set([`dir`,`lang`,`hidden`,`inert`,`translate`,`suppressHydrationWarning`]),_i=new Set(`onClick.onAuxClick.onContextMenu.onDoubleClick.onMouseDown.onMouseEnter.onMouseLeave.onMouseMove.onMouseOut.onMouseOver.onMouseUp.onTouchCancel.onTouchEnd.onTouchMove.onTouchStart.onPointerDown.onPointerMove.onPointerUp.onPointerCancel.onPointerEnter.onPointerLeave.onPointerOver.onPointerOut.onGotPointerCapture.onLostPointerCapture.onScroll.onWheel.onAnimationStart.onAnimationEnd.onAnimationIteration.onTransitionCancel.onTransitionEnd.onTransitionRun.onTransitionStart`.split(`.`)),vi=/^(data-.*)$/;function yi(e,t={}){let{labelable:n,isLink:r,global:i,events:a=i,propNames:o}=t,s={};for(let t in e)Object.prototype.hasOwnProperty.call(e,t)&&(pi.has(t)||n&&mi.has(t)||r&&hi.has(t)||i&&gi.has(t)||a&&(_i.has(t)||t.endsWith(`Capture`)&&_i.has(t.slice(0,-7)))||o?.has(t)||vi.test(t))&&(s[t]=e[t]);return s}var X=`default`,bi=``,xi=new WeakMap;function Si(e){if(V()&&ir()){if(X==="default"){let t=N(e);bi=t.documentElement.style.webkitUserSelect,t.documentElement.style.webkitUserSelect=`none`}X=`disabled`}else if(e instanceof HTMLElement||e instanceof SVGElement){let t=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;xi.set(e,e.style[t]),e.style[t]=`none`}}function Ci(e){if(V()&&ir()){if(X!==`disabled`)return;X=`restoring`,setTimeout(()=>{Ur(()=>{if(X===`restoring`){let t=N(e);t.documentElement.style.webkitUserSelect===`none`&&(t.documentElement.style.webkitUserSelect=bi||``),bi=``,X=`default`}})},300)}else if((e instanceof HTMLElement||e instanceof SVGElement)&&e&&xi.has(e)){let t=xi.get(e),n=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;e.style[n]===`none`&&(e.style[n]=t),e.getAttribute(`style`)===``&&e.removeAttribute(`style`),xi.delete(e)}}var wi=new WeakMap;function Ti(e){let t=N(e),n=wi.get(t);return n??=Pr(`csp-nonce`,t),n!==void 0&&wi.set(t,n),n}var Ei=s.createContext({register:()=>{}});Ei.displayName=`PressResponderContext`;function Di(){let e=(0,s.useRef)(new Map),t=(0,s.useCallback)((t,n,r,i)=>{let a=i?.once?(...t)=>{e.current.delete(r),r(...t)}:r;e.current.set(r,{type:n,eventTarget:t,fn:a,options:i}),t.addEventListener(n,a,i)},[]),n=(0,s.useCallback)((t,n,r,i)=>{let a=e.current.get(r)?.fn||r;t.removeEventListener(n,a,i),e.current.delete(r)},[]),r=(0,s.useCallback)(()=>{e.current.forEach((e,t)=>{n(e.eventTarget,e.type,t,e.options)})},[n]);return(0,s.useEffect)(()=>r,[r]),{addGlobalListener:t,removeGlobalListener:n,removeAllGlobalListeners:r}}function Oi(e){let t=(0,s.useContext)(Ei);if(t){let{register:n,ref:r,...i}=t;e=M(i,e),n()}return ai(t,e.ref),e}var ki=class{#e;constructor(e,t,n,r){this.#e=!0;let i=(r?.target??n.currentTarget)?.getBoundingClientRect(),a,o=0,s,c=null;n.clientX!=null&&n.clientY!=null&&(s=n.clientX,c=n.clientY),i&&(s!=null&&c!=null?(a=s-i.left,o=c-i.top):(a=i.width/2,o=i.height/2)),this.type=e,this.pointerType=t,this.target=n.currentTarget,this.shiftKey=n.shiftKey,this.metaKey=n.metaKey,this.ctrlKey=n.ctrlKey,this.altKey=n.altKey,this.x=a,this.y=o,this.key=n.key}continuePropagation(){this.#e=!1}get shouldStopPropagation(){return this.#e}},Ai=Symbol(`linkClicked`),ji=`react-aria-pressable-style`,Mi=`data-react-aria-pressable`;function Ni(e){let{onPress:t,onPressChange:n,onPressStart:r,onPressEnd:i,onPressUp:a,onClick:o,isDisabled:c,isPressed:l,preventFocusOnPress:u,shouldCancelOnPointerExit:d,allowTextSelectionOnPress:f,ref:p,...m}=Oi(e),[h,g]=(0,s.useState)(!1),_=(0,s.useRef)({isPressed:!1,ignoreEmulatedMouseEvents:!1,didFirePressStart:!1,isTriggeringEvent:!1,activePointerId:null,target:null,isOverTarget:!1,pointerType:null,disposables:[]}),{addGlobalListener:v,removeAllGlobalListeners:y}=Di(),b=(0,s.useCallback)((e,t)=>{let i=_.current;if(c||i.didFirePressStart)return!1;let a=!0;if(i.isTriggeringEvent=!0,r){let n=new ki(`pressstart`,t,e);r(n),a=n.shouldStopPropagation}return n&&n(!0),i.isTriggeringEvent=!1,i.didFirePressStart=!0,g(!0),a},[c,r,n]),ee=(0,s.useCallback)((e,r,a=!0)=>{let o=_.current;if(!o.didFirePressStart)return!1;o.didFirePressStart=!1,o.isTriggeringEvent=!0;let s=!0;if(i){let t=new ki(`pressend`,r,e);i(t),s=t.shouldStopPropagation}if(n&&n(!1),g(!1),t&&a&&!c){let n=new ki(`press`,r,e);t(n),s&&=n.shouldStopPropagation}return o.isTriggeringEvent=!1,s},[c,i,n,t]),x=Ir(ee),S=Ir((0,s.useCallback)((e,t)=>{let n=_.current;if(c)return!1;if(a){n.isTriggeringEvent=!0;let r=new ki(`pressup`,t,e);return a(r),n.isTriggeringEvent=!1,r.shouldStopPropagation}return!0},[c,a])),te=(0,s.useCallback)(e=>{let t=_.current;if(t.isPressed&&t.target){t.didFirePressStart&&t.pointerType!=null&&ee(Z(t.target,e),t.pointerType,!1),t.isPressed=!1,t.isOverTarget=!1,t.activePointerId=null,t.pointerType=null,y(),f||Ci(t.target);for(let e of t.disposables)e();t.disposables=[]}},[f,y,ee]),C=Ir(te);(0,s.useEffect)(()=>{c&&_.current.isPressed&&C({currentTarget:_.current.target,shiftKey:!1,ctrlKey:!1,metaKey:!1,altKey:!1})},[c]);let w=(0,s.useCallback)(e=>{d&&te(e)},[d,te]),T=(0,s.useCallback)(e=>{c||o?.(e)},[c,o]),ne=(0,s.useCallback)((e,t)=>{if(!c&&o){let n=new MouseEvent(`click`,e);Yn(n,t),o(Jn(n))}},[c,o]),re=(0,s.useMemo)(()=>{let e=_.current,t={onKeyDown(t){if(Fi(t.nativeEvent,t.currentTarget)&&F(t.currentTarget,L(t))){Li(L(t),t.key)&&t.preventDefault();let r=!0;!e.isPressed&&!t.repeat&&(e.target=t.currentTarget,e.isPressed=!0,e.pointerType=`keyboard`,r=b(t,`keyboard`));let i=t.currentTarget;v(N(t.currentTarget),`keyup`,O(t=>{Fi(t,i)&&!t.repeat&&F(i,L(t))&&e.target&&S(Z(e.target,t),`keyboard`)},n),!0),r&&t.stopPropagation(),t.metaKey&&B()&&e.metaKeyEvents?.set(t.key,t.nativeEvent)}else t.key===`Meta`&&(e.metaKeyEvents=new Map)},onClick(t){if((!t||F(t.currentTarget,L(t)))&&t&&t.button===0&&!e.isTriggeringEvent&&!H.isOpening){let n=!0;if(c&&t.preventDefault(),!e.ignoreEmulatedMouseEvents&&!e.isPressed&&(e.pointerType===`virtual`||sr(t.nativeEvent))){let e=b(t,`virtual`),r=S(t,`virtual`),i=x(t,`virtual`);T(t),n=e&&r&&i}else if(e.isPressed&&e.pointerType!==`keyboard`){let r=e.pointerType||t.nativeEvent.pointerType||`virtual`,i=S(Z(t.currentTarget,t),r),a=x(Z(t.currentTarget,t),r,!0);n=i&&a,e.isOverTarget=!1,T(t),C(t)}e.ignoreEmulatedMouseEvents=!1,n&&t.stopPropagation()}}},n=t=>{if(e.isPressed&&e.target&&Fi(t,e.target)){Li(L(t),t.key)&&t.preventDefault();let n=L(t),r=F(e.target,n);x(Z(e.target,t),`keyboard`,r),r&&ne(t,e.target),y(),t.key!==`Enter`&&Pi(e.target)&&F(e.target,n)&&!t[Ai]&&(t[Ai]=!0,H(e.target,t,!1)),e.isPressed=!1,e.metaKeyEvents?.delete(t.key)}else if(t.key===`Meta`&&e.metaKeyEvents?.size){let t=e.metaKeyEvents;e.metaKeyEvents=void 0;for(let n of t.values())e.target?.dispatchEvent(new KeyboardEvent(`keyup`,n))}};if(typeof PointerEvent<`u`){t.onPointerDown=t=>{if(t.button!==0||!F(t.currentTarget,L(t)))return;if(cr(t.nativeEvent)){e.pointerType=`virtual`;return}e.pointerType=t.pointerType;let i=!0;if(!e.isPressed){e.isPressed=!0,e.isOverTarget=!0,e.activePointerId=t.pointerId,e.target=t.currentTarget,f||Si(e.target),i=b(t,e.pointerType);let a=L(t);`releasePointerCapture`in a&&(`hasPointerCapture`in a?a.hasPointerCapture(t.pointerId)&&a.releasePointerCapture(t.pointerId):a.releasePointerCapture(t.pointerId)),v(N(t.currentTarget),`pointerup`,n,!1),v(N(t.currentTarget),`pointercancel`,r,!1)}i&&t.stopPropagation()},t.onMouseDown=t=>{if(F(t.currentTarget,L(t))&&t.button===0){if(u){let n=Qn(t.target);n&&e.disposables.push(n)}t.stopPropagation()}},t.onPointerUp=t=>{F(t.currentTarget,L(t))&&e.pointerType!==`virtual`&&t.button===0&&!e.isPressed&&S(t,e.pointerType||t.pointerType)},t.onPointerEnter=t=>{t.pointerId===e.activePointerId&&e.target&&!e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!0,b(Z(e.target,t),e.pointerType))},t.onPointerLeave=t=>{t.pointerId===e.activePointerId&&e.target&&e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!1,x(Z(e.target,t),e.pointerType,!1),w(t))};let n=t=>{if(t.pointerId===e.activePointerId&&e.isPressed&&t.button===0&&e.target){if(F(e.target,L(t))&&e.pointerType!=null){let n=!1,r=setTimeout(()=>{e.isPressed&&e.target instanceof HTMLElement&&(n?C(t):(R(e.target),e.target.click()))},80);v(t.currentTarget,`click`,()=>n=!0,!0),e.disposables.push(()=>clearTimeout(r))}else C(t);e.isOverTarget=!1}},r=e=>{C(e)};t.onDragStart=e=>{F(e.currentTarget,L(e))&&C(e)}}return t},[v,c,u,y,f,w,b,T,ne]);return(0,s.useEffect)(()=>{if(!p)return;let e=N(p.current);if(!e||!e.head||e.getElementById(ji))return;let t=e.createElement(`style`);t.id=ji;let n=Ti(e);n&&(t.nonce=n),t.textContent=`
@layer {
  [${Mi}] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}
    `.trim(),e.head.prepend(t)},[p]),(0,s.useEffect)(()=>{let e=_.current;return()=>{f||Ci(e.target??void 0);for(let t of e.disposables)t();e.disposables=[]}},[f]),{isPressed:l||h,pressProps:M(m,re,{[Mi]:!0})}}function Pi(e){return e.tagName===`A`&&e.hasAttribute(`href`)}function Fi(e,t){let{key:n,code:r}=e,i=t,a=i.getAttribute(`role`);return(n===`Enter`||n===` `||n===`Spacebar`||r===`Space`)&&!(i instanceof P(i).HTMLInputElement&&!zi(i,n)||i instanceof P(i).HTMLTextAreaElement||i.isContentEditable)&&!((a===`link`||!a&&Pi(i))&&n!==`Enter`)}function Z(e,t){let n=t.clientX,r=t.clientY;return{currentTarget:e,shiftKey:t.shiftKey,ctrlKey:t.ctrlKey,metaKey:t.metaKey,altKey:t.altKey,clientX:n,clientY:r,key:t.key}}function Ii(e){return e instanceof HTMLInputElement?!1:e instanceof HTMLButtonElement?e.type!==`submit`&&e.type!==`reset`:!Pi(e)}function Li(e,t){return B()&&t===`Enter`?!1:e instanceof HTMLInputElement?t===`Enter`&&(e.type===`checkbox`||e.type===`radio`)?!1:!zi(e,t):Ii(e)}var Ri=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function zi(e,t){return e.type===`checkbox`||e.type===`radio`?t===` `:Ri.has(e.type)}function Bi(e){let{isDisabled:t,onBlurWithin:n,onFocusWithin:r,onFocusWithinChange:i}=e,a=(0,s.useRef)({isFocusWithin:!1}),{addGlobalListener:o,removeAllGlobalListeners:c}=Di(),l=(0,s.useCallback)(e=>{F(e.currentTarget,L(e))&&a.current.isFocusWithin&&!F(e.currentTarget,e.relatedTarget)&&(a.current.isFocusWithin=!1,c(),n&&n(e),i&&i(!1))},[n,i,a,c]),u=Xn(l),d=(0,s.useCallback)(e=>{if(!F(e.currentTarget,L(e)))return;let t=L(e),n=N(t),s=I(n);if(!a.current.isFocusWithin&&s===t){r&&r(e),i&&i(!0),a.current.isFocusWithin=!0,u(e);let t=e.currentTarget;o(n,`focus`,e=>{let r=L(e);if(a.current.isFocusWithin&&!F(t,r)){let e=new n.defaultView.FocusEvent(`blur`,{relatedTarget:r});Yn(e,t);let i=Jn(e);l(i)}},{capture:!0})}},[r,i,u,o,l]);return t?{focusWithinProps:{onFocus:void 0,onBlur:void 0}}:{focusWithinProps:{onFocus:d,onBlur:l}}}function Vi(e={}){let{autoFocus:t=!1,isTextInput:n,within:r}=e,i=(0,s.useRef)({isFocused:!1,isFocusVisible:t||Dr()}),[a,o]=(0,s.useState)(!1),[c,l]=(0,s.useState)(()=>i.current.isFocused&&i.current.isFocusVisible),u=(0,s.useCallback)(()=>l(i.current.isFocused&&i.current.isFocusVisible),[]),d=(0,s.useCallback)(e=>{i.current.isFocused=e,i.current.isFocusVisible=Dr(),o(e),u()},[u]);Nr(e=>{i.current.isFocusVisible=e,u()},[n,a],{enabled:a,isTextInput:n});let{focusProps:f}=Gr({isDisabled:r,onFocusChange:d}),{focusWithinProps:p}=Bi({isDisabled:!r,onFocusWithinChange:d});return{isFocused:a,isFocusVisible:c,focusProps:r?p:f}}var Hi=!1,Q=0;function Ui(){Hi=!0,setTimeout(()=>{Hi=!1},500)}function Wi(e){e.pointerType===`touch`&&Ui()}function Gi(){let e=N(null);if(e!==void 0)return Q===0&&typeof PointerEvent<`u`&&e.addEventListener(`pointerup`,Wi),Q++,()=>{Q--,Q>0||typeof PointerEvent<`u`&&e.removeEventListener(`pointerup`,Wi)}}function Ki(e){let{onHoverStart:t,onHoverChange:n,onHoverEnd:r,isDisabled:i}=e,[a,o]=(0,s.useState)(!1),c=(0,s.useRef)({isHovered:!1,ignoreEmulatedMouseEvents:!1,pointerType:``,target:null}).current;(0,s.useEffect)(Gi,[]);let{addGlobalListener:l,removeAllGlobalListeners:u}=Di(),{hoverProps:d,triggerHoverEnd:f}=(0,s.useMemo)(()=>{let e=(e,r)=>{if(c.pointerType=r,i||r===`touch`||c.isHovered||!F(e.currentTarget,L(e)))return;c.isHovered=!0;let s=e.currentTarget;c.target=s,l(N(L(e)),`pointerover`,e=>{c.isHovered&&c.target&&!F(c.target,L(e))&&a(e,e.pointerType)},{capture:!0}),t&&t({type:`hoverstart`,target:s,pointerType:r}),n&&n(!0),o(!0)},a=(e,t)=>{let i=c.target;c.pointerType=``,c.target=null,t!==`touch`&&c.isHovered&&i&&(c.isHovered=!1,u(),r&&r({type:`hoverend`,target:i,pointerType:t}),n&&n(!1),o(!1))},s={};return typeof PointerEvent<`u`&&(s.onPointerEnter=t=>{Hi&&t.pointerType===`mouse`||e(t,t.pointerType)},s.onPointerLeave=e=>{!i&&F(e.currentTarget,L(e))&&a(e,e.pointerType)}),{hoverProps:s,triggerHoverEnd:a}},[t,n,r,i,c,l,u]);return(0,s.useEffect)(()=>{i&&f({currentTarget:c.target},c.pointerType)},[i]),{hoverProps:d,isHovered:a}}var qi=(0,s.createContext)(null),Ji=7e3,$=null;function Yi(e,t=`assertive`,n=Ji){$?$.announce(e,t,n):($=new Xi,(typeof IS_REACT_ACT_ENVIRONMENT==`boolean`?IS_REACT_ACT_ENVIRONMENT:typeof jest<`u`)?$.announce(e,t,n):setTimeout(()=>{$?.isAttached()&&$?.announce(e,t,n)},100))}var Xi=class{constructor(){this.node=null,this.assertiveLog=null,this.politeLog=null,typeof document<`u`&&(this.node=document.createElement(`div`),this.node.dataset.liveAnnouncer=`true`,Object.assign(this.node.style,{border:0,clip:`rect(0 0 0 0)`,clipPath:`inset(50%)`,height:`1px`,margin:`-1px`,overflow:`hidden`,padding:0,position:`absolute`,width:`1px`,whiteSpace:`nowrap`}),this.assertiveLog=this.createLog(`assertive`),this.node.appendChild(this.assertiveLog),this.politeLog=this.createLog(`polite`),this.node.appendChild(this.politeLog),document.body.prepend(this.node))}isAttached(){return this.node?.isConnected}createLog(e){let t=document.createElement(`div`);return t.setAttribute(`role`,`log`),t.setAttribute(`aria-live`,e),t.setAttribute(`aria-relevant`,`additions`),t}destroy(){this.node&&=(document.body.removeChild(this.node),null)}announce(e,t=`assertive`,n=Ji){if(!this.node)return;let r=document.createElement(`div`);typeof e==`object`?(r.setAttribute(`role`,`img`),r.setAttribute(`aria-labelledby`,e[`aria-labelledby`])):r.textContent=e,t===`assertive`?this.assertiveLog?.appendChild(r):this.politeLog?.appendChild(r),e!==``&&setTimeout(()=>{r.remove()},n)}clear(e){this.node&&((!e||e===`assertive`)&&this.assertiveLog&&(this.assertiveLog.innerHTML=``),(!e||e===`polite`)&&this.politeLog&&(this.politeLog.innerHTML=``))}};function Zi(e,t){let{elementType:n=`button`,isDisabled:r,onPress:i,onPressStart:a,onPressEnd:o,onPressUp:s,onPressChange:c,preventFocusOnPress:l,allowFocusWhenDisabled:u,onClick:d,href:f,target:p,rel:m,type:h=`button`}=e,g;g=n===`button`?{type:h,disabled:r,form:e.form,formAction:e.formAction,formEncType:e.formEncType,formMethod:e.formMethod,formNoValidate:e.formNoValidate,formTarget:e.formTarget,name:e.name,value:e.value}:{role:`button`,href:n===`a`&&!r?f:void 0,target:n===`a`?p:void 0,type:n===`input`?h:void 0,disabled:n===`input`?r:void 0,"aria-disabled":!r||n===`input`?void 0:r,rel:n===`a`?m:void 0};let{pressProps:_,isPressed:v}=Ni({onPressStart:a,onPressEnd:o,onPressChange:c,onPress:i,onPressUp:s,onClick:d,isDisabled:r,preventFocusOnPress:l,ref:t}),{focusableProps:y}=ci(e,t);u&&(y.tabIndex=r?-1:y.tabIndex);let b=M(y,_,yi(e,{labelable:!0}));return{isPressed:v,buttonProps:M(g,b,{"aria-haspopup":e[`aria-haspopup`],"aria-expanded":e[`aria-expanded`],"aria-controls":e[`aria-controls`],"aria-pressed":e[`aria-pressed`],"aria-current":e[`aria-current`],"aria-disabled":e[`aria-disabled`]})}}var Qi=(0,s.createContext)({}),$i=di(function(e,t){[e,t]=Cn(e,t,Qi);let n=e,{isPending:r}=n,{buttonProps:i,isPressed:a}=Zi(e,t);i=ta(i,r);let{focusProps:o,isFocused:c,isFocusVisible:l}=Vi(e),{hoverProps:u,isHovered:d}=Ki({...e,isDisabled:e.isDisabled||r}),f={isHovered:d,isPressed:(n.isPressed||a)&&!r,isFocused:c,isFocusVisible:l,isDisabled:e.isDisabled||!1,isPending:r??!1},p=xn({...e,values:f,defaultClassName:`react-aria-Button`}),m=pn(i.id),h=pn(),g=i[`aria-labelledby`];r&&(g?g=`${g} ${h}`:i[`aria-label`]&&(g=`${m} ${h}`));let _=(0,s.useRef)(r);(0,s.useEffect)(()=>{let e={"aria-labelledby":g||m};(!_.current&&c&&r||_.current&&c&&!r)&&Yi(e,`assertive`),_.current=r},[r,c,g,m]);let v=yi(e,{global:!0});return delete v.onClick,s.createElement(On.button,{...M(v,p,i,o,u),type:i.type===`submit`&&r?`button`:i.type,id:m,ref:t,"aria-labelledby":g,slot:e.slot||void 0,"aria-disabled":r?`true`:i[`aria-disabled`],"data-disabled":e.isDisabled||void 0,"data-pressed":f.isPressed||void 0,"data-hovered":d||void 0,"data-focused":c||void 0,"data-pending":r||void 0,"data-focus-visible":l||void 0},s.createElement(qi.Provider,{value:{id:h}},p.children))}),ea=/Focus|Blur|Hover|Pointer(Enter|Leave|Over|Out)|Mouse(Enter|Leave|Over|Out)/;function ta(e,t){if(t){for(let t in e)t.startsWith(`on`)&&!ea.test(t)&&(e[t]=void 0);e.href=void 0,e.target=void 0}return e}function na({problem:e}){let{t:r}=n(),i=ra(e),a=`problems.${e.code}`,o=t.exists(a)?r(a,{limit:e.limit}):e.message;return(0,c.jsxs)(`div`,{role:`alert`,className:`note refused`,children:[(0,c.jsx)(`p`,{children:o}),e.code===`INVALID_INPUT`&&e.inputs.some(({path:e})=>e.includes(`webhook`))&&(0,c.jsx)(`p`,{children:e.inputs[0]?.message}),e.code===`BAD_REQUEST`&&e.message!==o&&(0,c.jsx)(`p`,{children:e.message}),e.retryAfterSeconds!==void 0&&(0,c.jsx)(`p`,{"aria-live":`off`,children:i>0?r(`problem.wait`,{count:i}):r(`problem.now`)}),e.requestId&&(0,c.jsx)(`p`,{className:`quiet`,children:r(`problem.request`,{id:e.requestId})})]})}function ra(e){let[t,n]=(0,s.useState)(e.retryAfterSeconds??0);return(0,s.useEffect)(()=>{let t=Date.now()+(e.retryAfterSeconds??0)*1e3,r=()=>n(Math.max(0,Math.ceil((t-Date.now())/1e3)));r();let i=window.setInterval(r,500);return()=>window.clearInterval(i)},[e]),t}export{bn as $,ie as $n,St as $t,H as A,Ae as An,ze as At,Gn as B,pe as Bn,bt as Bt,Ir as C,Nt as Cn,je as Ct,Ar as D,rt as Dn,Pe as Dt,kr as E,Ke as En,ut as Et,nr as F,Se as Fn,Ge as Ft,I as G,b as Gn,pt as Gt,R as H,y as Hn,ht as Ht,B as I,xe as In,Be as It,Pn as J,S as Jn,It as Jt,L as K,ue as Kn,jt as Kt,or as L,ve as Ln,Re as Lt,pr as M,Te as Mn,dt as Mt,ar as N,De as Nn,He as Nt,Dr as O,Ue as On,ot as Ot,ir as P,Ce as Pn,kt as Pt,Nn as Q,x as Qn,Ct as Qt,rr as R,ge as Rn,Ve as Rt,Wr as S,Ne as Sn,Kt as St,Or as T,qe as Tn,ft as Tt,F as U,w as Un,mt as Ut,Kn as V,he as Vn,xt as Vt,Ln as W,C as Wn,gt as Wt,N as X,T as Xn,vt as Xt,Mn as Y,v as Yn,yt as Yt,P as Z,le as Zn,Je as Zt,ci as _,$e as _n,Xt as _t,Yi as a,_t as an,f as ar,Tn as at,ii as b,wt as bn,Vt as bt,Bi as c,Le as cn,M as ct,Ei as d,Dt as dn,pn as dt,nt as en,me as er,Cn as et,Ti as f,We as fn,ln as ft,fi as g,Qe as gn,Yt as gt,ui as h,Ft as hn,Jt as ht,Zi as i,it as in,p as ir,On as it,ur as j,Ee as jn,Et as jt,mr as k,ke as kn,lt as kt,Ni as l,Ie as ln,gn as lt,di as m,Me as mn,O as mt,Qi as n,Fe as nn,ee as nr,wn as nt,Ki as o,ct as on,d as or,Sn as ot,yi as p,tt as pn,k as pt,In as q,te as qn,at as qt,$i as r,st as rn,h as rr,yn as rt,Vi as s,Ot as sn,u as sr,vn as st,na as t,Ze as tn,fe as tr,xn as tt,Di as u,et as un,hn as ut,oi as v,Xe as vn,qt as vt,Pr as w,Mt as wn,Ye as wt,Gr as x,At as xn,Ht as xt,ai as y,Tt as yn,D as yt,V as z,de as zn,Pt as zt};