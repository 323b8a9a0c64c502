-- Admits a call, or answers why not. All or nothing. window.lua and models.lua are put in front.
--
-- KEYS  1 credential  2 subject  3,4 minute  5,6 token's minute  7,8 account's minute  9 day  10 slots  11 open
--       12 nothing  13,14 minutes of models  15 day of models
-- ARGV  1 epoch  2 generation  3 kind: plan, account, exempt or visitor  4 cost  5 length of the lease, ms
--       6 the call's line in `open`  7 account's limit
--       8 per minute  9 per day  10 at once (an anonymous caller's limits; 0 for others)
--       11 the caller's IP address, packed ('' for a caller that no networks bind)
--       12 what the calls of each model cost, as JSON, or ''
--       13 how long it has its slot unless that is renewed (renew.lua), ms
--       The others are not alike in the calls of a caller that cost the same:
--       14 call  15 not after, ms  16 a nonce  17 whether the call may be open already, 1 or 0
-- Answers {state, now, ...}:
--   LATE                                    the command arrived too late; nothing happened
--   MISS, credential's nonce, subject's     one of them, or both, must be loaded from Postgres ('' if in the cache)
--   DEAD
--   ELSEWHERE                               the API token may not be used from this address
--   ABOVE, limit                            the cost is higher than this limit
--   LIMITED, slots' limit, slots' used, refusing, windows
--                                           refusing: each limit that refuses, and ms until the cost fits;
--                                           'places' is the limit of slots, of which that is not known
--   OK, slots' limit, slots' used, lease's end, credential's rights, subject's rights, windows
-- A window is five values: name, limit, used, ms until one unit fits, ms until none is used. They are not in tables of
-- their own, because Redis takes as long to answer with a table as to run some commands.

local MINUTE, MINUTES_BUCKETS, DAY = 100, 601, 86400000
local call, not_after = ARGV[14], integer(ARGV[15])
local epoch, generation, kind = ARGV[1], integer(ARGV[2]), ARGV[3]
local cost, lease = integer(ARGV[4]), integer(ARGV[5])
local slot_lease = integer(ARGV[13])
local account_limit = integer(ARGV[7])
local limits = {minute = integer(ARGV[8]), day = integer(ARGV[9]), slots = integer(ARGV[10])}
local rights = {'', ''}
integer(epoch)
if cost < 0 or lease < 0 or slot_lease < 0 then error('negative cost or lease') end

if now > not_after then return {'LATE', now} end

-- The nonce that allows a process to load this entry from Postgres; '' if the entry is in the cache. An earlier nonce
-- of this epoch is kept, so that all requests that miss at the same time share one cache load. An entry without the field
-- that comes third was written by a previous version, which does not know the field.
local function missing(key, entry)
  if entry[1] == epoch then
    if entry[2] and entry[3] then return '' end
    local nonce = redis.call('HGET', key, 'f')
    if nonce then return nonce end
  end
  redis.call('DEL', key)
  redis.call('HSET', key, 'e', epoch, 'f', ARGV[16])
  redis.call('PEXPIRE', key, 5000)
  return ARGV[16]
end

-- Whether the address is in one of the networks, both as access/networks.py packs them.
local function is_within(networks, address)
  local at = 1
  while at <= #networks do
    local length, bits = string.byte(networks, at, at + 1)
    local whole, rest = math.floor(bits / 8), bits % 8
    at = at + 2
    if length == #address and string.sub(networks, at, at + whole - 1) == string.sub(address, 1, whole) then
      local width = 2 ^ (8 - rest)
      if rest == 0 or math.floor(string.byte(networks, at + whole) / width)
          == math.floor(string.byte(address, whole + 1) / width) then
        return true
      end
    end
    at = at + length
  end
  return false
end

local token_limit, model_limits = false, false
if kind ~= 'visitor' then
  local credential = redis.call('HMGET', KEYS[1], 'e', 's', 'n', 't', 'm', 'r')
  local subject = redis.call('HMGET', KEYS[2], 'e', 's', 'l', 'm', 'd', 'c', 'r')
  local nonces = {missing(KEYS[1], credential), missing(KEYS[2], subject)}
  if nonces[1] ~= '' or nonces[2] ~= '' then return {'MISS', now, nonces[1], nonces[2]} end
  if credential[2] ~= 'live' or tonumber(credential[4]) <= now or subject[2] ~= 'live' then return {'DEAD', now} end
  if credential[3] ~= '' and not is_within(credential[3], ARGV[11]) then return {'ELSEWHERE', now} end
  if credential[5] ~= '' then token_limit = tonumber(credential[5]) end
  limits = {minute = tonumber(subject[4]), day = tonumber(subject[5]), slots = tonumber(subject[6])}
  rights = {credential[6], subject[7]}
  if kind == 'plan' and subject[3] ~= '' then model_limits = cjson.decode(subject[3]) end
end

local today = math.floor(now / DAY)
local stored = redis.call('HMGET', KEYS[9], 'n', 'u')
if stored[1] and tonumber(stored[1]) > today then today = tonumber(stored[1]) end
local day = {limit = limits.day, used = 0, ends = (today + 1) * DAY - now}
if stored[1] and tonumber(stored[1]) == today then day.used = tonumber(stored[2]) end

-- A full Redis refuses only commands that may need memory, and only as the first write of a script. If a command that
-- needs none is to come first, this one comes before it: it writes nothing, and is refused instead of the later ones.
local spends_plan = kind == 'plan' or kind == 'visitor'
local is_sure_of_memory = not spends_plan or cost == 0
local function need_memory()
  if not is_sure_of_memory then redis.call('SETRANGE', KEYS[12], 0, '') end
  is_sure_of_memory = true
end

local sliding = {{'minute', look(KEYS[3], KEYS[4], MINUTE, MINUTES_BUCKETS, limits.minute, need_memory)}}
if token_limit then
  sliding[2] = {'token', look(KEYS[5], KEYS[6], MINUTE, MINUTES_BUCKETS, token_limit, need_memory)}
end
local account = false
if not spends_plan then
  account = look(KEYS[7], KEYS[8], MINUTE, MINUTES_BUCKETS, account_limit)
  sliding[#sliding + 1] = {'account', account}
end

local model_costs, of_models = {}, {}
if model_limits then
  need_memory()
  if ARGV[12] ~= '' then model_costs = cjson.decode(ARGV[12]) end
  of_models = look_at_models(
    model_limits, model_costs, KEYS[13], KEYS[14], KEYS[15], sliding[1][2].bucket, today, day.ends)
end

local slots, some_are_over = {limit = limits.slots, used = redis.call('ZCARD', KEYS[10])}, false
if slots.used > 0 then
  local used = redis.call('ZCOUNT', KEYS[10], text(now + 1), '+inf')
  slots.used, some_are_over = used, used < slots.used
end

local function until_day_fits(units)
  return day.used + units > day.limit and day.ends or 0
end

local function report(state, ...)
  local answer = {state, now, slots.limit, slots.used, ...}
  local function add(name, limit, used, one_fits, none_used)
    local last = #answer
    answer[last + 1], answer[last + 2], answer[last + 3] = name, limit, used
    answer[last + 4], answer[last + 5] = one_fits, none_used
  end
  add('day', day.limit, day.used, until_day_fits(1), day.used > 0 and day.ends or 0)
  for _, pair in ipairs(sliding) do
    local window = pair[2]
    add(pair[1], window.limit, window.used, wait_for(window, 1), wait_for_all(window))
  end
  for _, window in ipairs(of_models) do
    add(window.name, window.limit, window.used, window.fits(1), window.empty())
  end
  return answer
end

local already = ARGV[17] == '1' and redis.call('HGET', KEYS[11], call)
if already then return report('OK', tonumber(string.match(already, '^%d+')), rights[1], rights[2]) end

if kind == 'exempt' or cost == 0 then return report('OK', 0, rights[1], rights[2]) end

if kind == 'account' then
  if cost > account.limit then return {'ABOVE', now, account.limit} end
  if account.used + cost > account.limit then return report('LIMITED', {'account', wait_for(account, cost)}) end
  -- As the first write one that needs no memory, so a full Redis refuses none.
  redis.call('HDEL', KEYS[11], '')
  spend(account, cost)
  return report('OK', 0, rights[1], rights[2])
end

for _, pair in ipairs(sliding) do
  if cost > pair[2].limit then return {'ABOVE', now, pair[2].limit} end
end
if cost > day.limit then return {'ABOVE', now, day.limit} end
local refusing = {}
local function refuse(name, fits)
  refusing[#refusing + 1], refusing[#refusing + 2] = name, fits
end
if day.used + cost > day.limit then refuse('day', day.ends) end
for _, pair in ipairs(sliding) do
  local window = pair[2]
  if window.used + cost > window.limit then refuse(pair[1], wait_for(window, cost)) end
end
for _, window in ipairs(of_models) do
  if window.cost > window.limit then return {'ABOVE', now, window.limit} end
  if window.used + window.cost > window.limit then refuse(window.name, window.fits(window.cost)) end
end
if slots.used >= slots.limit then refuse('places', 0) end
if #refusing > 0 then return report('LIMITED', refusing) end

local is_in_new_bucket = sliding[1][2].in_bucket == 0
for _, pair in ipairs(sliding) do spend(pair[2], cost) end
day.used = day.used + cost
if tonumber(stored[1]) == today then
  redis.call('HINCRBY', KEYS[9], 'u', ARGV[4])
else
  redis.call('HSET', KEYS[9], 'n', text(today), 'u', text(day.used))
  -- Once for each day: that is long enough.
  redis.call('PEXPIRE', KEYS[9], text(2 * DAY))
end
if model_limits then
  spend_on_models(
    model_limits, model_costs, KEYS[13], KEYS[14], KEYS[15], sliding[1][2].bucket, today, call)
  for _, window in ipairs(of_models) do
    window.used = window.used + window.cost
    window.spent(window.cost)
  end
end
local ends = now + lease
if some_are_over then redis.call('ZREMRANGEBYSCORE', KEYS[10], '-inf', text(now)) end
redis.call('ZADD', KEYS[10], text(now + slot_lease), call)
-- An hour longer than any of the calls, also than those that begin later in the same bucket.
if slots.used == 0 or is_in_new_bucket or lease > DAY then
  redis.call('PEXPIRE', KEYS[10], text(math.max(lease, DAY) + 3600000))
end
slots.used = slots.used + 1
-- settle.lua and reaper.py read this line.
local token_bucket = token_limit and sliding[2][2].name or '-'
local line = string.format('%d|%s|%d|%d|%d|%s|', ends, sliding[1][2].name, today, generation, cost, token_bucket)
redis.call('HSET', KEYS[11], call, line .. ARGV[6])
return report('OK', ends, rights[1], rights[2])
