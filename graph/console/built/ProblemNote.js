import{a as e,i as t,n,o as r,s as i,t as a,u as o}from"./clsx.js";var s=o(i(),1),c=r(),l=s.createContext(void 0),u=e=>{let t=s.useContext(l);if(e)return e;if(!t)throw Error(`No QueryClient set, use QueryClientProvider to set one`);return t},d=({client:e,children:t})=>(s.useEffect(()=>(e.mount(),()=>{e.unmount()}),[e]),(0,c.jsx)(l.Provider,{value:e,children:t})),f=class{constructor(){this.listeners=new Set,this.subscribe=this.subscribe.bind(this)}subscribe(e){return this.listeners.add(e),this.onSubscribe(),()=>{this.listeners.delete(e),this.onUnsubscribe()}}hasListeners(){return this.listeners.size>0}onSubscribe(){}onUnsubscribe(){}},p=new class extends f{#e;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e();return window.addEventListener(`visibilitychange`,t,!1),()=>{window.removeEventListener(`visibilitychange`,t)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(e=>{typeof e==`boolean`?this.setFocused(e):this.onFocus()})}setFocused(e){this.#e!==e&&(this.#e=e,this.onFocus())}onFocus(){let e=this.isFocused();this.listeners.forEach(t=>{t(e)})}isFocused(){return typeof this.#e==`boolean`?this.#e:globalThis.document?.visibilityState!==`hidden`}},m={setTimeout:(e,t)=>setTimeout(e,t),clearTimeout:e=>clearTimeout(e),setInterval:(e,t)=>setInterval(e,t),clearInterval:e=>clearInterval(e)},h=new class{#e=m;setTimeoutProvider(e){this.#e=e}setTimeout(e,t){return this.#e.setTimeout(e,t)}clearTimeout(e){this.#e.clearTimeout(e)}setInterval(e,t){return this.#e.setInterval(e,t)}clearInterval(e){this.#e.clearInterval(e)}};function g(e){setTimeout(e,0)}var _=typeof window>`u`||`Deno`in globalThis;function v(){}function y(e,t){return typeof e==`function`?e(t):e}function b(e){return typeof e==`number`&&e>=0&&e!==1/0}function ee(e,t){return Math.max(e+(t||0)-Date.now(),0)}function x(e,t){return typeof e==`function`?e(t):e}function S(e,t){let{type:n=`all`,exact:r,fetchStatus:i,predicate:a,queryKey:o,stale:s}=e;if(o){if(r){if(t.queryHash!==C(o,t.options))return!1}else if(!T(t.queryKey,o))return!1}if(n!==`all`){let e=t.isActive();if(n===`active`&&!e||n===`inactive`&&e)return!1}return!(typeof s==`boolean`&&t.isStale()!==s||i&&i!==t.state.fetchStatus||a&&!a(t))}function te(e,t){let{exact:n,status:r,predicate:i,mutationKey:a}=e;if(a){if(!t.options.mutationKey)return!1;if(n){if(w(t.options.mutationKey)!==w(a))return!1}else if(!T(t.options.mutationKey,a))return!1}return!(r&&t.state.status!==r||i&&!i(t))}function C(e,t){return(t?.queryKeyHashFn||w)(e)}function w(e){return JSON.stringify(e,(e,t)=>ae(t)?Object.keys(t).sort().reduce((e,n)=>(e[n]=t[n],e),{}):t)}function T(e,t){if(e===t)return!0;if(typeof e!=typeof t)return!1;if(e&&t&&typeof e==`object`&&typeof t==`object`){if(Array.isArray(e)!==Array.isArray(t))return!1;if(Array.isArray(e)&&Array.isArray(t)){if(t.length>e.length)return!1;for(let n=0;n<t.length;n++)if(!T(e[n],t[n]))return!1;return!0}let n=Object.keys(t);for(let r of n)if(!T(e[r],t[r]))return!1;return!0}return!1}var E=Object.prototype.hasOwnProperty;function ne(e,t,n=0){if(e===t)return e;if(n>500)return t;let r=ie(e)&&ie(t);if(!r&&!(ae(e)&&ae(t)))return t;let i=(r?e:Object.keys(e)).length,a=r?t:Object.keys(t),o=a.length,s=r?Array(o):{},c=0;for(let l=0;l<o;l++){let o=r?l:a[l],u=e[o],d=t[o];if(u===d){s[o]=u,(r?l<i:E.call(e,o))&&c++;continue}if(u===null||d===null||typeof u!=`object`||typeof d!=`object`){s[o]=d;continue}let f=ne(u,d,n+1);s[o]=f,f===u&&c++}return i===o&&c===i?e:s}function re(e,t){if(!t||Object.keys(e).length!==Object.keys(t).length)return!1;for(let n of Object.keys(e))if(!E.call(t,n)||e[n]!==t[n])return!1;return!0}function ie(e){return Array.isArray(e)&&e.length===Object.keys(e).length}function ae(e){if(!oe(e))return!1;let t=Object.getPrototypeOf(e),n=t?.constructor;if(n===void 0)return!0;if(typeof n!=`function`)return!1;let r=n.prototype;return!(!oe(r)||!r.hasOwnProperty(`isPrototypeOf`)||t!==Object.prototype)}function oe(e){return Object.prototype.toString.call(e)===`[object Object]`}function se(e){return new Promise(t=>{h.setTimeout(t,e)})}function ce(e,t,n){return typeof n.structuralSharing==`function`?n.structuralSharing(e,t):n.structuralSharing===!1?t:ne(e,t)}function le(e){return e}function ue(e,t,n,r){let i=r?[t,...e]:[...e,t];return n&&i.length>n?r?i.slice(0,n):i.slice(-n):i}var de=Symbol();function fe(e,t){return!e.queryFn&&t?.initialPromise?()=>t.initialPromise:!e.queryFn||e.queryFn===de?()=>Promise.reject(Error(`Missing queryFn: '${e.queryHash}'`)):e.queryFn}function pe(e,t){return typeof e==`function`?e(...t):!!e}var me=Symbol();function he(e,t,n,r){let i=!1,a;return Object.defineProperties(e,{[me]:{value:r},signal:{enumerable:!0,get:()=>(a??=t(),i||(i=!0,a.aborted?n():a.addEventListener(`abort`,n,{once:!0})),a)}}),e}var ge=()=>_,_e=()=>ge(),ve=g;function ye(){let e=[],t=0,n=e=>{e()},r=e=>{e()},i=ve,a=r=>{t?e.push(r):i(()=>{n(r)})},o=()=>{let t=e;e=[],t.length&&i(()=>{r(()=>{t.forEach(e=>{n(e)})})})};return{batch:e=>{let n;t++;try{n=e()}finally{t--,t||o()}return n},batchCalls:e=>(...t)=>{a(()=>{e(...t)})},schedule:a,setNotifyFunction:e=>{n=e},setBatchNotifyFunction:e=>{r=e},setScheduler:e=>{i=e}}}var be=ye(),xe=class{#e;destroy(){this.clearGcTimeout()}scheduleGc(){this.clearGcTimeout(),b(this.gcTime)&&(this.#e=h.setTimeout(()=>{this.optionalRemove()},this.gcTime))}updateGcTime(e){this.gcTime=Math.max(this.gcTime||0,e??(_e()?1/0:3e5))}clearGcTimeout(){this.#e!==void 0&&(h.clearTimeout(this.#e),this.#e=void 0)}},Se=new class extends f{#e=!0;#t;#n;constructor(){super(),this.#n=e=>{if(typeof window<`u`&&window.addEventListener){let t=()=>e(!0),n=()=>e(!1);return window.addEventListener(`online`,t,!1),window.addEventListener(`offline`,n,!1),()=>{window.removeEventListener(`online`,t),window.removeEventListener(`offline`,n)}}}}onSubscribe(){this.#t||this.setEventListener(this.#n)}onUnsubscribe(){this.hasListeners()||(this.#t?.(),this.#t=void 0)}setEventListener(e){this.#n=e,this.#t?.(),this.#t=e(this.setOnline.bind(this))}setOnline(e){this.#e!==e&&(this.#e=e,this.listeners.forEach(t=>{t(e)}))}isOnline(){return this.#e}};function Ce(e){return Math.min(1e3*2**e,3e4)}function we(e){return(e??`online`)!==`online`||Se.isOnline()}var Te=class extends Error{constructor(e){super(`CancelledError`),this.revert=e?.revert,this.silent=e?.silent}};function Ee(e){let t=!1,n=0,r,i=`pending`,a,o,s=new Promise((e,t)=>{a=e,o=t});s.catch(v);let c=()=>i!==`pending`,l=t=>{if(!c()){let n=new Te(t);g(n),e.onCancel?.(n)}},u=()=>{t=!0},d=()=>{t=!1},f=()=>p.isFocused()&&(e.networkMode===`always`||Se.isOnline())&&e.canRun(),m=()=>we(e.networkMode)&&e.canRun(),h=e=>{c()||(r?.(),i=`resolved`,a(e))},g=e=>{c()||(r?.(),i=`rejected`,o(e))},_=t=>new Promise(n=>{r=e=>{(c()||t())&&n(e)},e.onPause?.()}).then(()=>{r=void 0,c()||e.onContinue?.()}),y=()=>{if(c())return;let r,i=n===0?e.initialPromise:void 0;try{r=i??e.fn()}catch(e){r=Promise.reject(e)}Promise.resolve(r).then(h).catch(r=>{if(c())return;let i=e.retry??(_e()?0:3),a=e.retryDelay??Ce,o=typeof a==`function`?a(n,r):a,s=i===!0||typeof i==`number`&&n<i||typeof i==`function`&&i(n,r);t||!s?g(r):(n++,e.onFail?.(n,r),se(o).then(()=>c()||f()?void 0:_(f)).then(()=>{t?g(r):y()}))})};return{promise:s,status:()=>i,cancel:l,continue:()=>(r?.(),s),cancelRetry:u,continueRetry:d,canStart:m,start:()=>(m()?y():_(m).then(y),s)}}var De=document.querySelector(`meta[name="gatehouse-root"]`),Oe=new URL(De?.content??`/`,window.location.href),ke={passwordMinLength:Number(document.querySelector(`meta[name="gatehouse-password-min-length"]`)?.content??15),hasGraphiql:document.querySelector(`meta[name="gatehouse-graphiql"]`)?.content===`true`},D=class extends String{__apiType;value;__meta__;constructor(e,t){super(e),this.value=e,this.__meta__=t}toString(){return this.value}};new D(`
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
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}
    `,{fragmentName:`plan`}),new D(`
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
    `,{fragmentName:`account`});var Ae=new D(`
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
}`),je=new D(`
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
}`),Me=new D(`
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
}`),Ne=new D(`
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
}`),Pe=new D(`
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
}`),Fe=new D(`
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
}`),Ie=new D(`
    mutation RevokeOtherSessions {
  result: revokeOtherSessions {
    count
  }
}
    `),Le=new D(`
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
}`),Re=new D(`
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
}`),ze=new D(`
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
}`),Be=new D(`
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
}`),Ve=new D(`
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
}`),He=new D(`
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
    `),Ue=new D(`
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
}`),We=new D(`
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
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}`),Ge=new D(`
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
}`),Ke=new D(`
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
}`),qe=new D(`
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
}`),Je=new D(`
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
}`),Ye=new D(`
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
}`),Xe=new D(`
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
}`),Ze=new D(`
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
  models
  modelLimits {
    model
    unitsPerMinute
    unitsPerDay
  }
}`),Qe=new D(`
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
}`),$e=new D(`
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
}`),et=new D(`
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
}`),tt=new D(`
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
}`),nt=new D(`
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
}`),rt=new D(`
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
}`),it=new D(`
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
}`),at=new D(`
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
}`),ot=new D(`
    query Models($first: Int!, $after: String) {
  models(first: $first, after: $after) {
    nodes {
      id
      name
      description
      ready
      cost
      streaming
      uncallableReason
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    `),st=new D(`
    query ModelDetails($name: String!) {
  model(name: $name) {
    id
    name
    version
    versions
    ready
    description
    maxBatchSize
    streaming
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
}`),ct=new D(`
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
}`),lt=new D(`
    query ReadText($image: ImageInput!) {
  readText(image: $image) {
    text
    width
    height
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
}`),ut=new D(`
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
}`),dt=new D(`
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
    `),ft=new D(`
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
}`),pt=new D(`
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
}`),mt=new D(`
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
}`),ht=new D(`
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
}`),gt=new D(`
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
    `),_t=new D(`
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
}`),vt=new D(`
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
    `),yt=new D(`
    query ExportUsage($month: String!) {
  exportUsage(month: $month) {
    url
  }
}
    `),bt=new D(`
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
}`),xt=new D(`
    mutation Logout {
  logout {
    at
  }
}
    `);function St(e,t=`variables`){return e instanceof Blob?[{path:t,file:e}]:typeof e!=`object`||!e?[]:Object.entries(e).flatMap(([e,n])=>St(n,`${t}.${e}`))}var Ct=new URL(`graphql`,Oe),wt={"GraphQL-Require-Preflight":`1`},Tt=`application/graphql-response+json, application/json`,O=class extends Error{code;retryAfterSeconds;requestId;constructor(e,t,n,r){super(t),this.code=e,this.retryAfterSeconds=n,this.requestId=r}};async function Et(e,t,n){let{data:r,errors:i}=await Dt(e.toString(),t,n);if(i?.[0])throw At(i[0]);if(!r)throw new O(`INTERNAL`,`The answer has no data.`);return r}async function Dt(e,t,n){let r;try{r=await fetch(Ct,{method:`POST`,credentials:`same-origin`,signal:n,...Ot(e,t)})}catch(e){throw n?.aborted?e:new O(`UNREACHABLE`,`The service cannot be reached.`)}let i=await kt(r);if(!i)throw new O(`UNREACHABLE`,`The answer is not from Gatehouse (status ${r.status}).`);return i}function Ot(e,t){let n=St(t);if(!n.length)return{headers:{...wt,Accept:Tt,"Content-Type":`application/json`},body:JSON.stringify({query:e,variables:t})};let r=new FormData;return r.append(`operations`,JSON.stringify({query:e,variables:t},(e,t)=>t instanceof Blob?null:t)),r.append(`map`,JSON.stringify(Object.fromEntries(n.map(({path:e},t)=>[t,[e]])))),n.forEach(({file:e},t)=>r.append(String(t),e)),{headers:{...wt,Accept:Tt},body:r}}async function kt(e){try{let t=await e.json();return t.data||t.errors?.length?t:null}catch{return null}}function At({message:e,extensions:t}){return new O(t?.code??`INTERNAL`,e,t?.retryAfterSeconds,t?.requestId)}function jt({title:e,lead:t,actions:n,children:r}){let i=(0,s.useRef)(null);return(0,s.useEffect)(()=>{document.title=`${e} · Gatehouse`},[e]),(0,s.useEffect)(()=>i.current?.focus({preventScroll:!0}),[]),(0,c.jsxs)(c.Fragment,{children:[(0,c.jsxs)(`header`,{className:`page-head`,children:[(0,c.jsx)(`h1`,{ref:i,tabIndex:-1,children:e}),n]}),t&&(0,c.jsx)(`p`,{className:`lead`,children:t}),r]})}function Mt(e){return e!==null&&`code`in e&&`message`in e}function Nt(e){return{code:e.code,message:e.message,retryAfterSeconds:e.__typename===`TooManyAttempts`?e.retryAfterSeconds:void 0,inputs:e.__typename===`InvalidInput`?e.problems:[],limit:e.__typename===`LimitReached`?e.limit:void 0}}function Pt(e){if(!(e instanceof O))throw e;return{code:e.code,message:e.message,retryAfterSeconds:e.retryAfterSeconds,requestId:e.requestId,inputs:[]}}function k(...e){return(...t)=>{for(let n of e)typeof n==`function`&&n(...t)}}var A=typeof document<`u`?s.useLayoutEffect:()=>{},Ft={prefix:String(Math.round(Math.random()*1e10)),current:0},It=s.createContext(Ft),Lt=s.createContext(!1);typeof window<`u`&&window.document&&window.document.createElement;var Rt=new WeakMap;function zt(e=!1){let t=(0,s.useContext)(It),n=(0,s.useRef)(null);if(n.current===null&&!e){let e=s.default.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED?.ReactCurrentOwner?.current;if(e){let n=Rt.get(e);n==null?Rt.set(e,{id:t.current,state:e.memoizedState}):e.memoizedState!==n.state&&(t.current=n.id,Rt.delete(e))}n.current=++t.current}return n.current}function Bt(e){let t=(0,s.useContext)(It),n=zt(!!e),r=`react-aria${t.prefix}`;return e||`${r}-${n}`}function Vt(e){let t=s.useId(),[n]=(0,s.useState)(Kt()),r=n?`react-aria`:`react-aria${Ft.prefix}`;return e||`${r}-${t}`}var Ht=typeof s.useId==`function`?Vt:Bt;function Ut(){return!1}function Wt(){return!0}function Gt(e){return()=>{}}function Kt(){return typeof s.useSyncExternalStore==`function`?s.useSyncExternalStore(Gt,Ut,Wt):(0,s.useContext)(Lt)}function qt(e){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(t),i=(0,s.useRef)(null),a=(0,s.useRef)(()=>{if(!i.current)return;let e=i.current.next();e.done?i.current=null:r.current===e.value?a.current():n(e.value)});return A(()=>{r.current=t,i.current&&a.current()}),[t,(0,s.useCallback)(e=>{i.current=e(r.current),a.current()},[a])]}var Jt=!!(typeof window<`u`&&window.document&&window.document.createElement),j=new Map,M;typeof FinalizationRegistry<`u`&&(M=new FinalizationRegistry(e=>{j.delete(e)}));var Yt=new WeakMap;function N(e){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(null),i=Ht(t),a=(0,s.useRef)(null),o=Yt.get(a);if(M&&o!==i&&(o!=null&&M.unregister(a),M.register(a,i,a),Yt.set(a,i)),Jt){let e=j.get(i);e&&!e.includes(r)?e.push(r):j.set(i,[r])}return A(()=>{let e=i;return()=>{M&&(M.unregister(a),Yt.delete(a)),j.delete(e)}},[i]),(0,s.useEffect)(()=>{let e=r.current;return e&&n(e),()=>{e&&(r.current=null)}}),i}function Xt(e,t){if(e===t)return e;let n=j.get(e);if(n)return n.forEach(e=>e.current=t),t;let r=j.get(t);return r?(r.forEach(t=>t.current=e),e):t}function Zt(e=[]){let t=N(),[n,r]=qt(t),i=(0,s.useCallback)(()=>{r(function*(){yield t,yield document.getElementById(t)?t:void 0})},[t,r]);return A(i,[t,i,...e]),n}function Qt(...e){return e.length===1&&e[0]?e[0]:t=>{let n=!1,r=e.map(e=>{let r=$t(e,t);return n||=typeof r==`function`,r});if(n)return()=>{r.forEach((t,n)=>{typeof t==`function`?t():$t(e[n],null)})}}}function $t(e,t){if(typeof e==`function`)return e(t);e!=null&&(e.current=t)}function P(...e){let t={...e[0]};for(let n=1;n<e.length;n++){let r=e[n];for(let e in r){let n=t[e],i=r[e];typeof n==`function`&&typeof i==`function`&&e[0]===`o`&&e[1]===`n`&&e.charCodeAt(2)>=65&&e.charCodeAt(2)<=90?t[e]=k(n,i):(e===`className`||e===`UNSAFE_className`)&&typeof n==`string`&&typeof i==`string`?t[e]=a(n,i):e===`id`&&n&&i?t.id=Xt(n,i):e===`ref`&&n&&i?t.ref=Qt(n,i):t[e]=i===void 0?n:i}}return t}function en(e){let t=(0,s.useRef)(null),n=(0,s.useRef)(void 0),r=(0,s.useCallback)(t=>{if(typeof e==`function`){let n=e,r=n(t);return()=>{typeof r==`function`?r():n(null)}}if(e)return e.current=t,()=>{e.current=null}},[e]);return(0,s.useMemo)(()=>({get current(){return t.current},set current(e){t.current=e,n.current&&=(n.current(),void 0),e!=null&&(n.current=r(e))}}),[r])}e();var tn=Symbol(`default`);function nn({values:e,children:t}){for(let[n,r]of e)t=s.createElement(n.Provider,{value:r},t);return t}function rn(e){let{className:t,style:n,children:r,defaultClassName:i,defaultChildren:a,defaultStyle:o,values:c,render:l}=e;return(0,s.useMemo)(()=>{let e,s,u;return e=typeof t==`function`?t({...c,defaultClassName:i}):t,s=typeof n==`function`?n({...c,defaultStyle:o||{}}):n,u=typeof r==`function`?r({...c,defaultChildren:a}):r??a,{className:e??i,style:s||o?{...o,...s}:void 0,children:u??a,"data-rac":``,render:l?e=>l(e,c):void 0}},[t,n,r,i,a,o,c,l])}function an(e,t){let n=(0,s.useContext)(e);if(t===null)return null;if(n&&typeof n==`object`&&`slots`in n&&n.slots){let e=t||tn;if(!n.slots[e]){let e=new Intl.ListFormat().format(Object.keys(n.slots).map(e=>`"${e}"`)),r=t?`Invalid slot "${t}".`:`A slot prop is required.`;throw Error(`${r} Valid slot names are ${e}.`)}return n.slots[e]}return n}function on(e,t,n){let{ref:r,...i}=an(n,e.slot)||{},a=en((0,s.useMemo)(()=>Qt(t,r),[t,r])),o=P(i,e);return`style`in i&&i.style&&`style`in e&&e.style&&(o.style=typeof i.style==`function`||typeof e.style==`function`?t=>{let n=typeof i.style==`function`?i.style(t):i.style,r={...t.defaultStyle,...n},a=typeof e.style==`function`?e.style({...t,defaultStyle:r}):e.style;return{...r,...a}}:{...i.style,...e.style}),[o,a]}function sn(e=!0){let[t,n]=(0,s.useState)(e),r=(0,s.useRef)(!1),i=(0,s.useCallback)(e=>{r.current=!0,n(!!e)},[]);return A(()=>{r.current||n(!1)},[]),[i,t]}function cn(e){let t=/^(data-.*)$/,n={};for(let r in e)t.test(r)||(n[r]=e[r]);return n}function ln(e,t,n){let{render:r,...i}=t,a=(0,s.useRef)(null),o=(0,s.useMemo)(()=>Qt(n,a),[n,a]);A(()=>{},[e,r]);let c={...i,ref:o};return r?r(c,void 0):s.createElement(e,c)}var un={},dn=new Proxy({},{get(e,t){if(typeof t!=`string`)return;let n=un[t];return n||(n=(0,s.forwardRef)(ln.bind(null,t)),un[t]=n),n}}),F=e=>pn(e)?e.document:mn(e)?e:e?.ownerDocument??(typeof document<`u`?document:void 0),I=e=>F(e)?.defaultView??(typeof window<`u`?window:void 0);function fn(e){return typeof e==`object`&&!!e&&`nodeType`in e&&typeof e.nodeType==`number`}function pn(e){return typeof e==`object`&&!!e&&`window`in e&&e.window===e}function mn(e){return fn(e)&&e.nodeType===9}function hn(e){return fn(e)&&e.nodeType===11&&`host`in e}function gn(e,t,n,r){if(n==null||e==null)return()=>{};let i=Array.isArray(e)?e:[e];for(let e of i)e.addEventListener(t,n,r);return()=>{for(let e of i)e.removeEventListener(t,n,r)}}function _n(e,t,n,r){if(e==null)return()=>{};let i=[],a=Array.isArray(e)?e:[e];for(let e of a){let a=e.style.getPropertyValue(t),o=e.style.getPropertyPriority(t);e.style.setProperty(t,n,r),i.unshift(()=>{a?e.style.setProperty(t,a,o):e.style.removeProperty(t)})}return()=>{for(let e of i)e()}}var vn=!1;function yn(){return vn}function L(e,t){if(!yn())return t&&e?e.contains(t):!1;if(!e||!t)return!1;let n=t;for(;n!=null;){if(n===e)return!0;n=typeof n.assignedElements!=`function`&&n.assignedSlot?.parentNode?n.assignedSlot.parentNode:hn(n)?n.host:n.parentNode}return!1}var R=(e=document)=>{if(!yn())return e.activeElement;let t=e.activeElement;for(;t&&`shadowRoot`in t&&t.shadowRoot?.activeElement;)t=t.shadowRoot.activeElement;return t};function z(e){if(yn()&&e.target instanceof Element&&e.target.shadowRoot){if(`composedPath`in e)return e.composedPath()[0]??null;if(`composedPath`in e.nativeEvent)return e.nativeEvent.composedPath()[0]??null}return e.target}function bn(e){if(!e)return!1;let t=e.getRootNode(),n=I(e);if(!(t instanceof n.Document||t instanceof n.ShadowRoot))return!1;let r=t.activeElement;return r!=null&&e.contains(r)}function B(e){e.focus({preventScroll:!0})}var xn=typeof Element<`u`&&`checkVisibility`in Element.prototype;function Sn(e){let t=I(e);if(!(e instanceof t.HTMLElement)&&!(e instanceof t.SVGElement))return!1;let{display:n,visibility:r}=e.style,i=n!==`none`&&r!==`hidden`&&r!==`collapse`;if(i){let{getComputedStyle:t}=I(e),{display:n,visibility:r}=t(e);i=n!==`none`&&r!==`hidden`&&r!==`collapse`}return i}function Cn(e,t){return!e.hasAttribute(`hidden`)&&!e.hasAttribute(`data-react-aria-prevent-focus`)&&(e.nodeName===`DETAILS`&&t&&t.nodeName!==`SUMMARY`?e.hasAttribute(`open`):!0)}function wn(e,t){return xn?e.checkVisibility({visibilityProperty:!0})&&!e.closest(`[data-react-aria-prevent-focus]`):e.nodeName!==`#comment`&&Sn(e)&&Cn(e,t)&&(!e.parentElement||wn(e.parentElement,e))}var Tn=[`input:not([disabled]):not([type=hidden])`,`select:not([disabled])`,`textarea:not([disabled])`,`button:not([disabled])`,`a[href]`,`area[href]`,`summary`,`iframe`,`object`,`embed`,`audio[controls]`,`video[controls]`,`[contenteditable]:not([contenteditable^="false"])`,`permission`],En=Tn.join(`:not([hidden]),`)+`,[tabindex]:not([disabled]):not([hidden])`;Tn.push(`[tabindex]:not([tabindex="-1"]):not([disabled])`);var Dn=Tn.join(`:not([hidden]):not([tabindex="-1"]),`);function On(e,t){return e.matches(En)&&!An(e)&&(t?.skipVisibilityCheck||wn(e))}function kn(e){return e.matches(Dn)&&wn(e)&&!An(e)}function An(e){let t=e;for(;t!=null;){if(t instanceof I(t).HTMLElement&&t.inert)return!0;t=t.parentElement}return!1}function jn(e){let t=e;return t.nativeEvent=e,t.isDefaultPrevented=()=>t.defaultPrevented,t.isPropagationStopped=()=>t.cancelBubble,t.persist=()=>{},t}function Mn(e,t){Object.defineProperty(e,"target",{value:t}),Object.defineProperty(e,"currentTarget",{value:t})}function Nn(e){let t=(0,s.useRef)({isFocused:!1,observer:null});return A(()=>{let e=t.current;return()=>{e.observer&&=(e.observer.disconnect(),null)}},[]),(0,s.useCallback)(n=>{let r=z(n);if(r instanceof HTMLButtonElement||r instanceof HTMLInputElement||r instanceof HTMLTextAreaElement||r instanceof HTMLSelectElement){t.current.isFocused=!0;let n=r;n.addEventListener(`focusout`,r=>{if(t.current.isFocused=!1,n.disabled){let t=jn(r);e?.(t)}t.current.observer&&(t.current.observer.disconnect(),t.current.observer=null)},{once:!0}),t.current.observer=new MutationObserver(()=>{if(t.current.isFocused&&n.disabled){t.current.observer?.disconnect();let e=n===R()?null:R();n.dispatchEvent(new FocusEvent(`blur`,{relatedTarget:e})),n.dispatchEvent(new FocusEvent(`focusout`,{bubbles:!0,relatedTarget:e}))}}),t.current.observer.observe(n,{attributes:!0,attributeFilter:[`disabled`]})}},[e])}var Pn=!1;function Fn(e){for(;e&&!On(e,{skipVisibilityCheck:!0});)e=e.parentElement;let t=R(I(e).document);if(!t||t===e)return;let n=e?.getRootNode(),r=n!=null&&hn(n)?n:I(e),i=t=>t===e||fn(t)&&L(e,t),a=e=>e===t||t!=null&&fn(e)&&L(t,e);Pn=!0;let o=!1,s=e=>{(a(z(e))||o)&&e.stopImmediatePropagation()},c=n=>{(a(z(n))||o)&&(n.stopImmediatePropagation(),!e&&!o&&(o=!0,B(t),d()))},l=e=>{(i(z(e))||o)&&e.stopImmediatePropagation()},u=e=>{(i(z(e))||o)&&(e.stopImmediatePropagation(),o||(o=!0,B(t),d()))};r.addEventListener(`blur`,s,!0),r.addEventListener(`focusout`,c,!0),r.addEventListener(`focusin`,u,!0),r.addEventListener(`focus`,l,!0);let d=()=>{cancelAnimationFrame(f),r.removeEventListener(`blur`,s,!0),r.removeEventListener(`focusout`,c,!0),r.removeEventListener(`focusin`,u,!0),r.removeEventListener(`focus`,l,!0),Pn=!1,o=!1},f=requestAnimationFrame(d);return d}function In(e){if(typeof window>`u`||window.navigator==null)return!1;let t=window.navigator.userAgentData?.brands;return Array.isArray(t)&&t.some(t=>e.test(t.brand))||e.test(window.navigator.userAgent)}function Ln(e){return typeof window<`u`&&window.navigator!=null&&e.test(window.navigator.userAgentData?.platform||window.navigator.platform)}function V(e){let t=null;return()=>(t??=e(),t)}var H=V(function(){return Ln(/^Mac/i)}),Rn=V(function(){return Ln(/^iPhone/i)}),zn=V(function(){return Ln(/^iPad/i)||H()&&navigator.maxTouchPoints>1}),U=V(function(){return Rn()||zn()}),Bn=V(function(){return H()||U()}),Vn=V(function(){return In(/AppleWebKit/i)&&(U()||!Hn())}),Hn=V(function(){return In(/Chrome|CriOS|CrMo/i)}),Un=V(function(){return In(/Android/i)});function Wn(e){return e.pointerType===``&&e.isTrusted?!0:Un()&&e.pointerType?e.type===`click`&&e.buttons===1:e.detail===0&&!e.pointerType}function Gn(e){return!Un()&&e.width===0&&e.height===0||Un()&&e.width===1&&e.height===1&&e.pressure===0&&e.detail===0&&e.pointerType===`mouse`}var Kn=(0,s.createContext)({isNative:!0,open:Yn,useHref:e=>e});function qn(){return(0,s.useContext)(Kn)}function W(e,t,n=!0){let{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}=t,s=Vn()&&H()&&!zn()?new KeyboardEvent(`keydown`,{keyIdentifier:`Enter`,metaKey:r,ctrlKey:i,altKey:a,shiftKey:o}):new MouseEvent(`click`,{metaKey:r,ctrlKey:i,altKey:a,shiftKey:o,detail:1,bubbles:!0,cancelable:!0});W.isOpening=n,B(e),e.dispatchEvent(s),W.isOpening=!1}W.isOpening=!1;function Jn(e,t){if(e instanceof HTMLAnchorElement)t(e);else if(e.hasAttribute(`data-href`)){let n=document.createElement(`a`);n.href=e.getAttribute(`data-href`),e.hasAttribute(`data-target`)&&(n.target=e.getAttribute(`data-target`)),e.hasAttribute(`data-rel`)&&(n.rel=e.getAttribute(`data-rel`)),e.hasAttribute(`data-download`)&&(n.download=e.getAttribute(`data-download`)),e.hasAttribute(`data-ping`)&&(n.ping=e.getAttribute(`data-ping`)),e.hasAttribute(`data-referrer-policy`)&&(n.referrerPolicy=e.getAttribute(`data-referrer-policy`)),e.appendChild(n),t(n),e.removeChild(n)}}function Yn(e,t){Jn(e,e=>W(e,t))}function Xn(e){let t=qn().useHref(e?.href??``),n={};if(e)for(let r of[`href`,`target`,`rel`,`download`,`ping`,`referrerPolicy`])r in e&&e[r]!==void 0&&(n[r]=r===`href`?t:e[r]);return n}var G=null,K=new Set,q=new Map,J=!1,Zn=!1,Qn={Tab:!0,Escape:!0};function $n(e,t){for(let n of K)n(e,t)}function er(e){return!(e.metaKey||!H()&&e.altKey||e.ctrlKey||e.key===`Control`||e.key===`Shift`||e.key===`Meta`)}function tr(e){J=!0,!W.isOpening&&er(e)&&(G=`keyboard`,$n(`keyboard`,e))}function Y(e){G=`pointer`,`pointerType`in e&&e.pointerType,(e.type===`mousedown`||e.type===`pointerdown`)&&(J=!0,$n(`pointer`,e))}function nr(e){!W.isOpening&&Wn(e)&&(J=!0,G=`virtual`)}function rr(e){if(Pn)return;let t=z(e),n=I(t),r=F(t);t===n?Zn=!0:t!==r&&e.isTrusted&&(!J&&!Zn&&(G=`virtual`,$n(`virtual`,e)),J=!1,Zn=!1)}function ir(){Pn||(J=!1,Zn=!0)}function ar(e){let t=R(F(z(e)));queueMicrotask(()=>{R(F(z(e)))!==t&&dr(`keyboard`)})}function or(e){if(typeof window>`u`||typeof document>`u`)return;let t=I(e),n=F(e);if(q.get(t))return;let r=t.HTMLElement.prototype.focus;Reflect.defineProperty(t.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:function(){J=!0,r.apply(this,arguments)}}),n.addEventListener(`keydown`,tr,!0),n.addEventListener(`keyup`,tr,!0),n.addEventListener(`click`,nr,!0),n.addEventListener(`invalid`,ar,!0),t.addEventListener(`focus`,rr,!0),t.addEventListener(`blur`,ir,!1),typeof PointerEvent<`u`&&(n.addEventListener(`pointerdown`,Y,!0),n.addEventListener(`pointermove`,Y,!0),n.addEventListener(`pointerup`,Y,!0)),t.addEventListener(`beforeunload`,()=>{sr(e)},{once:!0}),q.set(t,{focus:r})}var sr=(e,t)=>{let n=I(e),r=F(e);t&&r.removeEventListener(`DOMContentLoaded`,t),q.has(n)&&(Reflect.defineProperty(n.HTMLElement.prototype,"focus",{configurable:!0,writable:!0,value:q.get(n).focus}),r.removeEventListener(`keydown`,tr,!0),r.removeEventListener(`keyup`,tr,!0),r.removeEventListener(`click`,nr,!0),r.removeEventListener(`invalid`,ar,!0),n.removeEventListener(`focus`,rr,!0),n.removeEventListener(`blur`,ir,!1),typeof PointerEvent<`u`&&(r.removeEventListener(`pointerdown`,Y,!0),r.removeEventListener(`pointermove`,Y,!0),r.removeEventListener(`pointerup`,Y,!0)),q.delete(n))};function cr(e){let t=F(e),n;return t.readyState===`loading`?(n=()=>{or(e)},t.addEventListener(`DOMContentLoaded`,n)):or(e),()=>sr(e,n)}typeof document<`u`&&cr();function lr(){return G!==`pointer`}function ur(){return G}function dr(e){G=e,$n(e,null)}function fr(){or();let[e,t]=(0,s.useState)(G);return(0,s.useEffect)(()=>{let e=()=>{t(G)};return K.add(e),()=>{K.delete(e)}},[]),Kt()?null:e}var pr=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function mr(e,t,n){let r=n?z(n):void 0,i=F(r),a=I(r),o=a===void 0?HTMLInputElement:a.HTMLInputElement,s=a===void 0?HTMLTextAreaElement:a.HTMLTextAreaElement,c=a===void 0?HTMLElement:a.HTMLElement,l=a===void 0?KeyboardEvent:a.KeyboardEvent,u=R(i);return e=e||u instanceof o&&!pr.has(u.type)||u instanceof s||u instanceof c&&u.isContentEditable,!(e&&t===`keyboard`&&n instanceof l&&!Qn[n.key])}function hr(e,t,n){or(),(0,s.useEffect)(()=>{if(n?.enabled===!1)return;let t=(t,r)=>{mr(!!n?.isTextInput,t,r)&&e(lr())};return K.add(t),()=>{K.delete(t)}},t)}function gr(e,t){let n=I(t),r=F(t);if(r==null||n==null)return;let i,a=`meta[name="${CSS.escape(e)}"], meta[property="${CSS.escape(e)}"]`,o=r.querySelector(a);return o&&o instanceof n.HTMLMetaElement&&(e===`csp-nonce`&&o.nonce&&(i??=o.nonce||void 0),o.content&&(i??=o.content||void 0)),e===`csp-nonce`&&(i??=n.__webpack_nonce__||globalThis.__webpack_nonce__||void 0),i}var _r=s.useInsertionEffect??A;function vr(e){let t=(0,s.useRef)(null);return _r(()=>{t.current=e},[e]),(0,s.useCallback)((...e)=>{let n=t.current;return n?.(...e)},[])}function yr(e,t){let{id:n,"aria-label":r,"aria-labelledby":i}=e;return n=N(n),i&&r?i=[...new Set([n,...i.trim().split(/\s+/)])].join(` `):i&&=i.trim().split(/\s+/).join(` `),!r&&!i&&t&&(r=t),{id:n,"aria-label":r,"aria-labelledby":i}}var X=new Map,br=new Set;function xr(e){return`propertyName`in e}function Sr(e){let t=z(e);if(!xr(e)||!t)return;let n=X.get(t);n||(n=new Set,X.set(t,n),t.addEventListener(`transitioncancel`,Cr,{once:!0})),n.add(e.propertyName)}function Cr(e){let t=z(e);if(!xr(e)||!t)return;let n=X.get(t);if(n&&(n.delete(e.propertyName),n.size===0&&(t.removeEventListener(`transitioncancel`,Cr),X.delete(t)),X.size===0))for(let e of br)e(!0),br.delete(e)}function wr(){gn(document,`transitionrun`,Sr),gn(document,`transitionend`,Cr)}function Tr(){for(let[e]of X)`isConnected`in e&&!e.isConnected&&X.delete(e)}typeof document<`u`&&(document.readyState===`loading`?gn(document,`DOMContentLoaded`,wr):wr());function Er(e){let t=window.requestAnimationFrame(()=>{if(Tr(),X.size===0)return e(!1);br.add(e)});return()=>{window.cancelAnimationFrame(t),br.delete(e)}}function Dr(e){if(!e.isConnected)return;let t=F(e);if(ur()===`virtual`){let n=R(t);Er(()=>{let r=R(t);(r===n||r===t.body)&&e.isConnected&&B(e)})}else B(e)}function Or(e){let{isDisabled:t,onFocus:n,onBlur:r,onFocusChange:i}=e,a=(0,s.useCallback)(e=>{if(z(e)===e.currentTarget)return r&&r(e),i&&i(!1),!0},[r,i]),o=Nn(a),c=(0,s.useCallback)(e=>{let t=z(e),r=F(t),a=r?R(r):R();t===e.currentTarget&&t===a&&(n&&n(e),i&&i(!0),o(e))},[i,n,o]);return{focusProps:{onFocus:!t&&(n||i||r)?c:void 0,onBlur:!t&&(r||i)?a:void 0}}}function kr(e){if(e)return t=>{let n=!0;e({...t,preventDefault(){t.preventDefault()},isDefaultPrevented(){return t.isDefaultPrevented()},stopPropagation(){n=!0},continuePropagation(){n=!1,typeof t.continuePropagation==`function`&&t.continuePropagation()},isPropagationStopped(){return n}}),n&&!(typeof t.isPropagationStopped==`function`&&t.isPropagationStopped())&&t.stopPropagation()}}var Ar=new Set([`shift`,`alt`,`control`,`meta`,`mod`]),jr=[`Alt`,`Control`,`Meta`,`Shift`];function Mr(e){let t=new Set;return e.alt&&t.add(`Alt`),e.shift&&t.add(`Shift`),e.ctrl&&t.add(`Control`),e.meta&&t.add(`Meta`),e.mod&&t.add(H()?`Meta`:`Control`),t}function Nr(e){let t=new Set;return e.altKey&&t.add(`Alt`),e.ctrlKey&&t.add(`Control`),e.metaKey&&t.add(`Meta`),e.shiftKey&&t.add(`Shift`),t}function Pr(e){return jr.filter(t=>e.has(t))}function Fr(e){let t=e.split(`+`).reduce((e,t)=>{let n=t.toLowerCase();return Ar.has(n)?n===`shift`?e.shift=!0:n===`alt`?e.alt=!0:n===`control`?e.ctrl=!0:n===`meta`?e.meta=!0:n===`mod`&&(e.mod=!0):e.key=t,e},{shift:!1,alt:!1,ctrl:!1,meta:!1,mod:!1,key:``});if(t.key===``)throw Error(`Invalid keyboard shortcut: "${e}". Must include exactly one non-modifier key (e.g. "a", "Enter", "ArrowDown"). Combine any of Shift, Alt, Ctrl, Meta, and Mod.`);return t}function Ir(e){return e.toLowerCase()}var Lr={space:` `,esc:`escape`,del:`delete`,ins:`insert`,left:`arrowleft`,right:`arrowright`,up:`arrowup`,down:`arrowdown`,pageup:`pageup`,pagedown:`pagedown`};function Rr(e){let t=Ir(e);return Lr[t]??t}function zr(e){let t=Pr(Mr(e)),n=Rr(e.key);return t.length>0?`${t.join(`+`)}+${n}`:n}function Br(e){let t=Pr(Nr(e)),n=Ir(e.key);return(t.length>0?`${t.join(`+`)}+`:``)+n}function Vr(e){let t=new Map;for(let[n,r]of Object.entries(e)){let e=Fr(n);t.set(zr(e),r)}return e=>{let n=Br(e),r=t.get(n),i=r?.(e);i===void 0&&r!==void 0?i={shouldContinuePropagation:!1,shouldPreventDefault:!0}:typeof i==`boolean`&&(i={shouldContinuePropagation:!i,shouldPreventDefault:i}),i?.shouldPreventDefault&&e.preventDefault(),(!r||i?.shouldContinuePropagation)&&e.continuePropagation()}}function Hr(e){let{shortcuts:t,allowRepeats:n=!1,allowComposing:r=!1}=e,i,a;if(t){let o=Vr(t),s=kr(e=>{L(e.currentTarget,z(e))?e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing&&!r?e.continuePropagation():o(e):e.continuePropagation()}),c=kr(e=>{L(e.currentTarget,z(e))&&(e.nativeEvent?.repeat&&!n||e.nativeEvent?.isComposing),e.continuePropagation()});i=e.onKeyDown?k(e.onKeyDown,s):s,a=e.onKeyUp?k(e.onKeyUp,c):c}else i=kr(e.onKeyDown),a=kr(e.onKeyUp);return{keyboardProps:e.isDisabled?{}:{onKeyDown:i,onKeyUp:a}}}function Ur(e,t){A(()=>{if(e&&e.ref&&t)return e.ref.current=t.current,()=>{e.ref&&(e.ref.current=null)}})}var Wr=s.createContext(null);function Gr(e){let t=(0,s.useContext)(Wr)||{};Ur(t,e);let{ref:n,...r}=t;return r}function Kr(e,t){let{focusProps:n}=Or(e),{keyboardProps:r}=Hr(e),i=P(n,r),a=Gr(t),o=e.isDisabled?{}:a,c=(0,s.useRef)(e.autoFocus);(0,s.useEffect)(()=>{c.current&&t.current&&Dr(t.current),c.current=!1},[t]);let l=e.excludeFromTabOrder?-1:0;return e.isDisabled&&(l=void 0),{focusableProps:P({...i,tabIndex:l},o)}}typeof HTMLTemplateElement<`u`&&(Object.defineProperty(HTMLTemplateElement.prototype,"firstChild",{configurable:!0,enumerable:!0,get:function(){return this.content.firstChild}}),Object.defineProperty(HTMLTemplateElement.prototype,"appendChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.appendChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"removeChild",{configurable:!0,enumerable:!0,value:function(e){return this.content.removeChild(e)}}),Object.defineProperty(HTMLTemplateElement.prototype,"insertBefore",{configurable:!0,enumerable:!0,value:function(e,t){return this.content.insertBefore(e,t)}}));var qr=(0,s.createContext)(!1);function Jr(e){if((0,s.useContext)(qr))return s.createElement(s.Fragment,null,e.children);let t=s.createElement(qr.Provider,{value:!0},e.children);return s.createElement(`template`,null,t)}function Yr(e){let t=(t,n)=>(0,s.useContext)(qr)?null:e(t,n);return t.displayName=e.displayName||e.name,(0,s.forwardRef)(t)}function Xr(){return(0,s.useContext)(qr)}var Zr=new Set([`id`]),Qr=new Set([`aria-label`,`aria-labelledby`,`aria-describedby`,`aria-details`]),$r=new Set([`href`,`hrefLang`,`target`,`rel`,`download`,`ping`,`referrerPolicy`]),ei=new Set([`dir`,`lang`,`hidden`,`inert`,`translate`,`suppressHydrationWarning`]),ti=new Set(`onClick.onAuxClick.onContextMenu.onDoubleClick.onMouseDown.onMouseEnter.onMouseLeave.onMouseMove.onMouseOut.onMouseOver.onMouseUp.onTouchCancel.onTouchEnd.onTouchMove.onTouchStart.onPointerDown.onPointerMove.onPointerUp.onPointerCancel.onPointerEnter.onPointerLeave.onPointerOver.onPointerOut.onGotPointerCapture.onLostPointerCapture.onScroll.onWheel.onAnimationStart.onAnimationEnd.onAnimationIteration.onTransitionCancel.onTransitionEnd.onTransitionRun.onTransitionStart`.split(`.`)),ni=/^(data-.*)$/;function ri(e,t={}){let{labelable:n,isLink:r,global:i,events:a=i,propNames:o}=t,s={};for(let t in e)Object.prototype.hasOwnProperty.call(e,t)&&(Zr.has(t)||n&&Qr.has(t)||r&&$r.has(t)||i&&ei.has(t)||a&&(ti.has(t)||t.endsWith(`Capture`)&&ti.has(t.slice(0,-7)))||o?.has(t)||ni.test(t))&&(s[t]=e[t]);return s}var Z=`default`,ii=``,ai=new WeakMap;function oi(e){if(U()&&Vn()){if(Z==="default"){let t=F(e);ii=t.documentElement.style.webkitUserSelect,t.documentElement.style.webkitUserSelect=`none`}Z=`disabled`}else if(e instanceof HTMLElement||e instanceof SVGElement){let t=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;ai.set(e,e.style[t]),e.style[t]=`none`}}function si(e){if(U()&&Vn()){if(Z!==`disabled`)return;Z=`restoring`,setTimeout(()=>{Er(()=>{if(Z===`restoring`){let t=F(e);t.documentElement.style.webkitUserSelect===`none`&&(t.documentElement.style.webkitUserSelect=ii||``),ii=``,Z=`default`}})},300)}else if((e instanceof HTMLElement||e instanceof SVGElement)&&e&&ai.has(e)){let t=ai.get(e),n=`userSelect`in e.style?`userSelect`:`webkitUserSelect`;e.style[n]===`none`&&(e.style[n]=t),e.getAttribute(`style`)===``&&e.removeAttribute(`style`),ai.delete(e)}}var ci=new WeakMap;function li(e){let t=F(e),n=ci.get(t);return n??=gr(`csp-nonce`,t),n!==void 0&&ci.set(t,n),n}var ui=s.createContext({register:()=>{}});ui.displayName=`PressResponderContext`;function di(){let e=(0,s.useRef)(new Map),t=(0,s.useCallback)((t,n,r,i)=>{let a=i?.once?(...t)=>{e.current.delete(r),r(...t)}:r;e.current.set(r,{type:n,eventTarget:t,fn:a,options:i}),t.addEventListener(n,a,i)},[]),n=(0,s.useCallback)((t,n,r,i)=>{let a=e.current.get(r)?.fn||r;t.removeEventListener(n,a,i),e.current.delete(r)},[]),r=(0,s.useCallback)(()=>{e.current.forEach((e,t)=>{n(e.eventTarget,e.type,t,e.options)})},[n]);return(0,s.useEffect)(()=>r,[r]),{addGlobalListener:t,removeGlobalListener:n,removeAllGlobalListeners:r}}function fi(e){let t=(0,s.useContext)(ui);if(t){let{register:n,ref:r,...i}=t;e=P(i,e),n()}return Ur(t,e.ref),e}var pi=class{#e;constructor(e,t,n,r){this.#e=!0;let i=(r?.target??n.currentTarget)?.getBoundingClientRect(),a,o=0,s,c=null;n.clientX!=null&&n.clientY!=null&&(s=n.clientX,c=n.clientY),i&&(s!=null&&c!=null?(a=s-i.left,o=c-i.top):(a=i.width/2,o=i.height/2)),this.type=e,this.pointerType=t,this.target=n.currentTarget,this.shiftKey=n.shiftKey,this.metaKey=n.metaKey,this.ctrlKey=n.ctrlKey,this.altKey=n.altKey,this.x=a,this.y=o,this.key=n.key}continuePropagation(){this.#e=!1}get shouldStopPropagation(){return this.#e}},mi=Symbol(`linkClicked`),hi=`react-aria-pressable-style`,gi=`data-react-aria-pressable`;function _i(e){let{onPress:t,onPressChange:n,onPressStart:r,onPressEnd:i,onPressUp:a,onClick:o,isDisabled:c,isPressed:l,preventFocusOnPress:u,shouldCancelOnPointerExit:d,allowTextSelectionOnPress:f,ref:p,...m}=fi(e),[h,g]=(0,s.useState)(!1),_=(0,s.useRef)({isPressed:!1,ignoreEmulatedMouseEvents:!1,didFirePressStart:!1,isTriggeringEvent:!1,activePointerId:null,target:null,isOverTarget:!1,pointerType:null,disposables:[]}),{addGlobalListener:v,removeAllGlobalListeners:y}=di(),b=(0,s.useCallback)((e,t)=>{let i=_.current;if(c||i.didFirePressStart)return!1;let a=!0;if(i.isTriggeringEvent=!0,r){let n=new pi(`pressstart`,t,e);r(n),a=n.shouldStopPropagation}return n&&n(!0),i.isTriggeringEvent=!1,i.didFirePressStart=!0,g(!0),a},[c,r,n]),ee=(0,s.useCallback)((e,r,a=!0)=>{let o=_.current;if(!o.didFirePressStart)return!1;o.didFirePressStart=!1,o.isTriggeringEvent=!0;let s=!0;if(i){let t=new pi(`pressend`,r,e);i(t),s=t.shouldStopPropagation}if(n&&n(!1),g(!1),t&&a&&!c){let n=new pi(`press`,r,e);t(n),s&&=n.shouldStopPropagation}return o.isTriggeringEvent=!1,s},[c,i,n,t]),x=vr(ee),S=vr((0,s.useCallback)((e,t)=>{let n=_.current;if(c)return!1;if(a){n.isTriggeringEvent=!0;let r=new pi(`pressup`,t,e);return a(r),n.isTriggeringEvent=!1,r.shouldStopPropagation}return!0},[c,a])),te=(0,s.useCallback)(e=>{let t=_.current;if(t.isPressed&&t.target){t.didFirePressStart&&t.pointerType!=null&&ee(Q(t.target,e),t.pointerType,!1),t.isPressed=!1,t.isOverTarget=!1,t.activePointerId=null,t.pointerType=null,y(),f||si(t.target);for(let e of t.disposables)e();t.disposables=[]}},[f,y,ee]),C=vr(te);(0,s.useEffect)(()=>{c&&_.current.isPressed&&C({currentTarget:_.current.target,shiftKey:!1,ctrlKey:!1,metaKey:!1,altKey:!1})},[c]);let w=(0,s.useCallback)(e=>{d&&te(e)},[d,te]),T=(0,s.useCallback)(e=>{c||o?.(e)},[c,o]),E=(0,s.useCallback)((e,t)=>{if(!c&&o){let n=new MouseEvent(`click`,e);Mn(n,t),o(jn(n))}},[c,o]),ne=(0,s.useMemo)(()=>{let e=_.current,t={onKeyDown(t){if(yi(t.nativeEvent,t.currentTarget)&&L(t.currentTarget,z(t))){xi(z(t),t.key)&&t.preventDefault();let r=!0;!e.isPressed&&!t.repeat&&(e.target=t.currentTarget,e.isPressed=!0,e.pointerType=`keyboard`,r=b(t,`keyboard`));let i=t.currentTarget;v(F(t.currentTarget),`keyup`,k(t=>{yi(t,i)&&!t.repeat&&L(i,z(t))&&e.target&&S(Q(e.target,t),`keyboard`)},n),!0),r&&t.stopPropagation(),t.metaKey&&H()&&e.metaKeyEvents?.set(t.key,t.nativeEvent)}else t.key===`Meta`&&(e.metaKeyEvents=new Map)},onClick(t){if((!t||L(t.currentTarget,z(t)))&&t&&t.button===0&&!e.isTriggeringEvent&&!W.isOpening){let n=!0;if(c&&t.preventDefault(),!e.ignoreEmulatedMouseEvents&&!e.isPressed&&(e.pointerType===`virtual`||Wn(t.nativeEvent))){let e=b(t,`virtual`),r=S(t,`virtual`),i=x(t,`virtual`);T(t),n=e&&r&&i}else if(e.isPressed&&e.pointerType!==`keyboard`){let r=e.pointerType||t.nativeEvent.pointerType||`virtual`,i=S(Q(t.currentTarget,t),r),a=x(Q(t.currentTarget,t),r,!0);n=i&&a,e.isOverTarget=!1,T(t),C(t)}e.ignoreEmulatedMouseEvents=!1,n&&t.stopPropagation()}}},n=t=>{if(e.isPressed&&e.target&&yi(t,e.target)){xi(z(t),t.key)&&t.preventDefault();let n=z(t),r=L(e.target,n);x(Q(e.target,t),`keyboard`,r),r&&E(t,e.target),y(),t.key!==`Enter`&&vi(e.target)&&L(e.target,n)&&!t[mi]&&(t[mi]=!0,W(e.target,t,!1)),e.isPressed=!1,e.metaKeyEvents?.delete(t.key)}else if(t.key===`Meta`&&e.metaKeyEvents?.size){let t=e.metaKeyEvents;e.metaKeyEvents=void 0;for(let n of t.values())e.target?.dispatchEvent(new KeyboardEvent(`keyup`,n))}};if(typeof PointerEvent<`u`){t.onPointerDown=t=>{if(t.button!==0||!L(t.currentTarget,z(t)))return;if(Gn(t.nativeEvent)){e.pointerType=`virtual`;return}e.pointerType=t.pointerType;let i=!0;if(!e.isPressed){e.isPressed=!0,e.isOverTarget=!0,e.activePointerId=t.pointerId,e.target=t.currentTarget,f||oi(e.target),i=b(t,e.pointerType);let a=z(t);`releasePointerCapture`in a&&(`hasPointerCapture`in a?a.hasPointerCapture(t.pointerId)&&a.releasePointerCapture(t.pointerId):a.releasePointerCapture(t.pointerId)),v(F(t.currentTarget),`pointerup`,n,!1),v(F(t.currentTarget),`pointercancel`,r,!1)}i&&t.stopPropagation()},t.onMouseDown=t=>{if(L(t.currentTarget,z(t))&&t.button===0){if(u){let n=Fn(t.target);n&&e.disposables.push(n)}t.stopPropagation()}},t.onPointerUp=t=>{L(t.currentTarget,z(t))&&e.pointerType!==`virtual`&&t.button===0&&!e.isPressed&&S(t,e.pointerType||t.pointerType)},t.onPointerEnter=t=>{t.pointerId===e.activePointerId&&e.target&&!e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!0,b(Q(e.target,t),e.pointerType))},t.onPointerLeave=t=>{t.pointerId===e.activePointerId&&e.target&&e.isOverTarget&&e.pointerType!=null&&(e.isOverTarget=!1,x(Q(e.target,t),e.pointerType,!1),w(t))};let n=t=>{if(t.pointerId===e.activePointerId&&e.isPressed&&t.button===0&&e.target){if(L(e.target,z(t))&&e.pointerType!=null){let n=!1,r=setTimeout(()=>{e.isPressed&&e.target instanceof HTMLElement&&(n?C(t):(B(e.target),e.target.click()))},80);v(t.currentTarget,`click`,()=>n=!0,!0),e.disposables.push(()=>clearTimeout(r))}else C(t);e.isOverTarget=!1}},r=e=>{C(e)};t.onDragStart=e=>{L(e.currentTarget,z(e))&&C(e)}}return t},[v,c,u,y,f,w,b,T,E]);return(0,s.useEffect)(()=>{if(!p)return;let e=F(p.current);if(!e||!e.head||e.getElementById(hi))return;let t=e.createElement(`style`);t.id=hi;let n=li(e);n&&(t.nonce=n),t.textContent=`
@layer {
  [${gi}] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}
    `.trim(),e.head.prepend(t)},[p]),(0,s.useEffect)(()=>{let e=_.current;return()=>{f||si(e.target??void 0);for(let t of e.disposables)t();e.disposables=[]}},[f]),{isPressed:l||h,pressProps:P(m,ne,{[gi]:!0})}}function vi(e){return e.tagName===`A`&&e.hasAttribute(`href`)}function yi(e,t){let{key:n,code:r}=e,i=t,a=i.getAttribute(`role`);return(n===`Enter`||n===` `||n===`Spacebar`||r===`Space`)&&!(i instanceof I(i).HTMLInputElement&&!Ci(i,n)||i instanceof I(i).HTMLTextAreaElement||i.isContentEditable)&&!((a===`link`||!a&&vi(i))&&n!==`Enter`)}function Q(e,t){let n=t.clientX,r=t.clientY;return{currentTarget:e,shiftKey:t.shiftKey,ctrlKey:t.ctrlKey,metaKey:t.metaKey,altKey:t.altKey,clientX:n,clientY:r,key:t.key}}function bi(e){return e instanceof HTMLInputElement?!1:e instanceof HTMLButtonElement?e.type!==`submit`&&e.type!==`reset`:!vi(e)}function xi(e,t){return H()&&t===`Enter`?!1:e instanceof HTMLInputElement?t===`Enter`&&(e.type===`checkbox`||e.type===`radio`)?!1:!Ci(e,t):bi(e)}var Si=new Set([`checkbox`,`radio`,`range`,`color`,`file`,`image`,`button`,`submit`,`reset`]);function Ci(e,t){return e.type===`checkbox`||e.type===`radio`?t===` `:Si.has(e.type)}function wi(e){let{isDisabled:t,onBlurWithin:n,onFocusWithin:r,onFocusWithinChange:i}=e,a=(0,s.useRef)({isFocusWithin:!1}),{addGlobalListener:o,removeAllGlobalListeners:c}=di(),l=(0,s.useCallback)(e=>{L(e.currentTarget,z(e))&&a.current.isFocusWithin&&!L(e.currentTarget,e.relatedTarget)&&(a.current.isFocusWithin=!1,c(),n&&n(e),i&&i(!1))},[n,i,a,c]),u=Nn(l),d=(0,s.useCallback)(e=>{if(!L(e.currentTarget,z(e)))return;let t=z(e),n=F(t),s=R(n);if(!a.current.isFocusWithin&&s===t){r&&r(e),i&&i(!0),a.current.isFocusWithin=!0,u(e);let t=e.currentTarget;o(n,`focus`,e=>{let r=z(e);if(a.current.isFocusWithin&&!L(t,r)){let e=new n.defaultView.FocusEvent(`blur`,{relatedTarget:r});Mn(e,t);let i=jn(e);l(i)}},{capture:!0})}},[r,i,u,o,l]);return t?{focusWithinProps:{onFocus:void 0,onBlur:void 0}}:{focusWithinProps:{onFocus:d,onBlur:l}}}function Ti(e={}){let{autoFocus:t=!1,isTextInput:n,within:r}=e,i=(0,s.useRef)({isFocused:!1,isFocusVisible:t||lr()}),[a,o]=(0,s.useState)(!1),[c,l]=(0,s.useState)(()=>i.current.isFocused&&i.current.isFocusVisible),u=(0,s.useCallback)(()=>l(i.current.isFocused&&i.current.isFocusVisible),[]),d=(0,s.useCallback)(e=>{i.current.isFocused=e,i.current.isFocusVisible=lr(),o(e),u()},[u]);hr(e=>{i.current.isFocusVisible=e,u()},[n,a],{enabled:a,isTextInput:n});let{focusProps:f}=Or({isDisabled:r,onFocusChange:d}),{focusWithinProps:p}=wi({isDisabled:!r,onFocusWithinChange:d});return{isFocused:a,isFocusVisible:c,focusProps:r?p:f}}var Ei=!1,Di=0;function Oi(){Ei=!0,setTimeout(()=>{Ei=!1},500)}function ki(e){e.pointerType===`touch`&&Oi()}function Ai(){let e=F(null);if(e!==void 0)return Di===0&&typeof PointerEvent<`u`&&e.addEventListener(`pointerup`,ki),Di++,()=>{Di--,Di>0||typeof PointerEvent<`u`&&e.removeEventListener(`pointerup`,ki)}}function ji(e){let{onHoverStart:t,onHoverChange:n,onHoverEnd:r,isDisabled:i}=e,[a,o]=(0,s.useState)(!1),c=(0,s.useRef)({isHovered:!1,ignoreEmulatedMouseEvents:!1,pointerType:``,target:null}).current;(0,s.useEffect)(Ai,[]);let{addGlobalListener:l,removeAllGlobalListeners:u}=di(),{hoverProps:d,triggerHoverEnd:f}=(0,s.useMemo)(()=>{let e=(e,r)=>{if(c.pointerType=r,i||r===`touch`||c.isHovered||!L(e.currentTarget,z(e)))return;c.isHovered=!0;let s=e.currentTarget;c.target=s,l(F(z(e)),`pointerover`,e=>{c.isHovered&&c.target&&!L(c.target,z(e))&&a(e,e.pointerType)},{capture:!0}),t&&t({type:`hoverstart`,target:s,pointerType:r}),n&&n(!0),o(!0)},a=(e,t)=>{let i=c.target;c.pointerType=``,c.target=null,t!==`touch`&&c.isHovered&&i&&(c.isHovered=!1,u(),r&&r({type:`hoverend`,target:i,pointerType:t}),n&&n(!1),o(!1))},s={};return typeof PointerEvent<`u`&&(s.onPointerEnter=t=>{Ei&&t.pointerType===`mouse`||e(t,t.pointerType)},s.onPointerLeave=e=>{!i&&L(e.currentTarget,z(e))&&a(e,e.pointerType)}),{hoverProps:s,triggerHoverEnd:a}},[t,n,r,i,c,l,u]);return(0,s.useEffect)(()=>{i&&f({currentTarget:c.target},c.pointerType)},[i]),{hoverProps:d,isHovered:a}}var Mi=(0,s.createContext)(null),Ni=7e3,$=null;function Pi(e,t=`assertive`,n=Ni){$?$.announce(e,t,n):($=new Fi,(typeof IS_REACT_ACT_ENVIRONMENT==`boolean`?IS_REACT_ACT_ENVIRONMENT:typeof jest<`u`)?$.announce(e,t,n):setTimeout(()=>{$?.isAttached()&&$?.announce(e,t,n)},100))}var Fi=class{constructor(){this.node=null,this.assertiveLog=null,this.politeLog=null,typeof document<`u`&&(this.node=document.createElement(`div`),this.node.dataset.liveAnnouncer=`true`,Object.assign(this.node.style,{border:0,clip:`rect(0 0 0 0)`,clipPath:`inset(50%)`,height:`1px`,margin:`-1px`,overflow:`hidden`,padding:0,position:`absolute`,width:`1px`,whiteSpace:`nowrap`}),this.assertiveLog=this.createLog(`assertive`),this.node.appendChild(this.assertiveLog),this.politeLog=this.createLog(`polite`),this.node.appendChild(this.politeLog),document.body.prepend(this.node))}isAttached(){return this.node?.isConnected}createLog(e){let t=document.createElement(`div`);return t.setAttribute(`role`,`log`),t.setAttribute(`aria-live`,e),t.setAttribute(`aria-relevant`,`additions`),t}destroy(){this.node&&=(document.body.removeChild(this.node),null)}announce(e,t=`assertive`,n=Ni){if(!this.node)return;let r=document.createElement(`div`);typeof e==`object`?(r.setAttribute(`role`,`img`),r.setAttribute(`aria-labelledby`,e[`aria-labelledby`])):r.textContent=e,t===`assertive`?this.assertiveLog?.appendChild(r):this.politeLog?.appendChild(r),e!==``&&setTimeout(()=>{r.remove()},n)}clear(e){this.node&&((!e||e===`assertive`)&&this.assertiveLog&&(this.assertiveLog.innerHTML=``),(!e||e===`polite`)&&this.politeLog&&(this.politeLog.innerHTML=``))}};function Ii(e,t){let{elementType:n=`button`,isDisabled:r,onPress:i,onPressStart:a,onPressEnd:o,onPressUp:s,onPressChange:c,preventFocusOnPress:l,allowFocusWhenDisabled:u,onClick:d,href:f,target:p,rel:m,type:h=`button`}=e,g;g=n===`button`?{type:h,disabled:r,form:e.form,formAction:e.formAction,formEncType:e.formEncType,formMethod:e.formMethod,formNoValidate:e.formNoValidate,formTarget:e.formTarget,name:e.name,value:e.value}:{role:`button`,href:n===`a`&&!r?f:void 0,target:n===`a`?p:void 0,type:n===`input`?h:void 0,disabled:n===`input`?r:void 0,"aria-disabled":!r||n===`input`?void 0:r,rel:n===`a`?m:void 0};let{pressProps:_,isPressed:v}=_i({onPressStart:a,onPressEnd:o,onPressChange:c,onPress:i,onPressUp:s,onClick:d,isDisabled:r,preventFocusOnPress:l,ref:t}),{focusableProps:y}=Kr(e,t);u&&(y.tabIndex=r?-1:y.tabIndex);let b=P(y,_,ri(e,{labelable:!0}));return{isPressed:v,buttonProps:P(g,b,{"aria-haspopup":e[`aria-haspopup`],"aria-expanded":e[`aria-expanded`],"aria-controls":e[`aria-controls`],"aria-pressed":e[`aria-pressed`],"aria-current":e[`aria-current`],"aria-disabled":e[`aria-disabled`]})}}var Li=(0,s.createContext)({}),Ri=Yr(function(e,t){[e,t]=on(e,t,Li);let n=e,{isPending:r}=n,{buttonProps:i,isPressed:a}=Ii(e,t);i=Bi(i,r);let{focusProps:o,isFocused:c,isFocusVisible:l}=Ti(e),{hoverProps:u,isHovered:d}=ji({...e,isDisabled:e.isDisabled||r}),f={isHovered:d,isPressed:(n.isPressed||a)&&!r,isFocused:c,isFocusVisible:l,isDisabled:e.isDisabled||!1,isPending:r??!1},p=rn({...e,values:f,defaultClassName:`react-aria-Button`}),m=N(i.id),h=N(),g=i[`aria-labelledby`];r&&(g?g=`${g} ${h}`:i[`aria-label`]&&(g=`${m} ${h}`));let _=(0,s.useRef)(r);(0,s.useEffect)(()=>{let e={"aria-labelledby":g||m};(!_.current&&c&&r||_.current&&c&&!r)&&Pi(e,`assertive`),_.current=r},[r,c,g,m]);let v=ri(e,{global:!0});return delete v.onClick,s.createElement(dn.button,{...P(v,p,i,o,u),type:i.type===`submit`&&r?`button`:i.type,id:m,ref:t,"aria-labelledby":g,slot:e.slot||void 0,"aria-disabled":r?`true`:i[`aria-disabled`],"data-disabled":e.isDisabled||void 0,"data-pressed":f.isPressed||void 0,"data-hovered":d||void 0,"data-focused":c||void 0,"data-pending":r||void 0,"data-focus-visible":l||void 0},s.createElement(Mi.Provider,{value:{id:h}},p.children))}),zi=/Focus|Blur|Hover|Pointer(Enter|Leave|Over|Out)|Mouse(Enter|Leave|Over|Out)/;function Bi(e,t){if(t){for(let t in e)t.startsWith(`on`)&&!zi.test(t)&&(e[t]=void 0);e.href=void 0,e.target=void 0}return e}var Vi=(0,s.createContext)({}),Hi=Yr(function(e,t){[e,t]=on(e,t,Vi);let{elementType:n=`span`,...r}=e,i=dn[n];return s.createElement(i,{className:`react-aria-Text`,...r,ref:t})}),Ui=(0,s.createContext)({}),Wi=e=>{let{onHoverStart:t,onHoverChange:n,onHoverEnd:r,...i}=e;return i},Gi=Yr(function(e,t){[e,t]=on(e,t,Ui);let{hoverProps:n,isHovered:r}=ji({...e,isDisabled:e.disabled}),{isFocused:i,isFocusVisible:a,focusProps:o}=Ti({isTextInput:!0,autoFocus:e.autoFocus}),c=!!e[`aria-invalid`]&&e[`aria-invalid`]!==`false`,l=rn({...e,values:{isHovered:r,isFocused:i,isFocusVisible:a,isDisabled:e.disabled||!1,isInvalid:c},defaultClassName:`react-aria-Input`});return s.createElement(dn.input,{...P(Wi(e),o,n),...l,ref:t,"data-focused":i||void 0,"data-disabled":e.disabled||void 0,"data-hovered":r||void 0,"data-focus-visible":a||void 0,"data-invalid":c||void 0})});function Ki({problem:e}){let{t:r}=n(),i=qi(e),a=`problems.${e.code}`,o=t.exists(a)?r(a,{limit:e.limit}):e.message;return(0,c.jsxs)(`div`,{role:`alert`,className:`note refused`,children:[(0,c.jsx)(`p`,{children:o}),e.code===`BAD_REQUEST`&&e.message!==o&&(0,c.jsx)(`p`,{children:e.message}),e.retryAfterSeconds!==void 0&&(0,c.jsx)(`p`,{"aria-live":`off`,children:i>0?r(`problem.wait`,{count:i}):r(`problem.now`)}),e.requestId&&(0,c.jsx)(`p`,{className:`quiet`,children:r(`problem.request`,{id:e.requestId})})]})}function qi(e){let[t,n]=(0,s.useState)(e.retryAfterSeconds??0);return(0,s.useEffect)(()=>{let t=Date.now()+(e.retryAfterSeconds??0)*1e3,r=()=>n(Math.max(0,Math.ceil((t-Date.now())/1e3)));r();let i=window.setInterval(r,500);return()=>window.clearInterval(i)},[e]),t}export{I as $,Xe as $t,dr as A,C as An,Ve as At,Bn as B,pe as Bn,st as Bt,Hr as C,_e as Cn,Ae as Ct,vr as D,me as Dn,at as Dt,yr as E,fe as En,nt as Et,Hn as F,v as Fn,yt as Ft,L as G,f as Gn,qe as Gt,On as H,ee as Hn,We as Ht,Vn as I,T as In,ct as It,z as J,et as Jt,bn as K,d as Kn,Pe as Kt,zn as L,ce as Ln,gt as Lt,Xn as M,le as Mn,ze as Mt,W as N,te as Nn,Le as Nt,gr as O,y as On,Re as Ot,qn as P,S as Pn,Be as Pt,F as Q,Fe as Qt,H as R,x as Rn,tt as Rt,Ur as S,be as Sn,Et as St,Dr as T,ue as Tn,Ne as Tt,kn as U,h as Un,lt as Ut,U as V,de as Vn,ot as Vt,B as W,p as Wn,Qe as Wt,_n as X,mt as Xt,yn as Y,it as Yt,hn as Z,Ie as Zt,Yr as _,Te as _n,Mt as _t,Vi as a,Ye as an,tn as at,Kr as b,Se as bn,jt as bt,Ii as c,ut as cn,an as ct,wi as d,_t as dn,Qt as dt,pt as en,gn as et,_i as f,Ue as fn,Zt as ft,ri as g,ke as gn,k as gt,li as h,Oe as hn,A as ht,Hi as i,Je as in,sn as it,fr as j,b as jn,ht as jt,ur as k,w as kn,ft as kt,ji as l,Me as ln,en as lt,ui as m,$e as mn,Kt as mt,Ui as n,je as nn,on as nt,Li as o,Ke as on,dn as ot,di as p,He as pn,N as pt,R as q,u as qn,rt as qt,Gi as r,bt as rn,rn as rt,Ri as s,dt as sn,cn as st,Ki as t,Ze as tn,nn as tt,Ti as u,vt as un,P as ut,Jr as v,we as vn,Nt as vt,Or as w,he as wn,Ge as wt,Wr as x,xe as xn,O as xt,Xr as y,Ee as yn,Pt as yt,Un as z,re as zn,xt as zt};