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
--   LIMITED, slots' limit, slots' used, refusing, credential's rights, subject's rights, windows
--                                           refusing: each limit that refuses, and ms until the cost fits;
--                                           'places' is the limit of slots, of which that is not known
--   OK, slots' limit, slots' used, lease's end, credential's rights, subject's rights, windows
-- A window is five values: name, limit, used, ms until one unit fits, ms until none is used. They are not in tables of
-- their own, because Redis takes as long to answer with a table as to run some commands.
--
-- This script runs for each call, and Lua takes most of its time. So it makes few tables, and a function that few calls
-- need is made only for them.

local MINUTE, MINUTES_BUCKETS, DAY = 100, 601, 86400000
local call, not_after = ARGV[14], integer(ARGV[15])
local epoch, generation, kind = ARGV[1], integer(ARGV[2]), ARGV[3]
local cost, lease, slot_lease = integer(ARGV[4]), integer(ARGV[5]), integer(ARGV[13])
integer(epoch)
if cost < 0 or lease < 0 or slot_lease < 0 then error('negative cost or lease') end

if now > not_after then return {'LATE', now} end

local minute_limit, day_limit, slots_limit
local token_limit, model_limits, credential_rights, user_rights = false, false, '', ''
if kind == 'visitor' then
  minute_limit, day_limit, slots_limit = integer(ARGV[8]), integer(ARGV[9]), integer(ARGV[10])
else
  local credential = redis.call('HMGET', KEYS[1], 'e', 's', 'n', 't', 'm', 'r')
  local subject = redis.call('HMGET', KEYS[2], 'e', 's', 'l', 'm', 'd', 'c', 'r')

  -- An entry without the field that comes third was written by a previous version, which does not know the field.
  local function is_loaded(entry)
    return entry[1] == epoch and entry[2] and entry[3]
  end
  if not is_loaded(credential) or not is_loaded(subject) then
    -- The nonce that allows a process to load this entry from Postgres; '' if the entry is in the cache. An earlier
    -- nonce of this epoch is kept, so that all requests that miss at the same time share one cache load.
    local function missing(key, entry)
      if is_loaded(entry) then return '' end
      local nonce = entry[1] == epoch and redis.call('HGET', key, 'f')
      if nonce then return nonce end
      redis.call('DEL', key)
      redis.call('HSET', key, 'e', epoch, 'f', ARGV[16])
      redis.call('PEXPIRE', key, 5000)
      return ARGV[16]
    end
    return {'MISS', now, missing(KEYS[1], credential), missing(KEYS[2], subject)}
  end

  if credential[2] ~= 'live' or credential[4] + 0 <= now or subject[2] ~= 'live' then return {'DEAD', now} end
  local networks, address = credential[3], ARGV[11]
  if networks ~= '' then
    -- Whether the address is in one of the networks, both as access/networks.py packs them.
    local function is_within()
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
    if not is_within() then return {'ELSEWHERE', now} end
  end
  if credential[5] ~= '' then token_limit = credential[5] + 0 end
  minute_limit, day_limit, slots_limit = subject[4] + 0, subject[5] + 0, subject[6] + 0
  credential_rights, user_rights = credential[6], subject[7]
  if kind == 'plan' and subject[3] ~= '' then model_limits = cjson.decode(subject[3]) end
end

local today = math.floor(now / DAY)
local stored = redis.call('HMGET', KEYS[9], 'n', 'u')
local stored_day = stored[1] and stored[1] + 0
if stored_day and stored_day > today then today = stored_day end
local day_used, day_ends = stored_day == today and stored[2] + 0 or 0, (today + 1) * DAY - now

local spends_plan = kind == 'plan' or kind == 'visitor'
local nothing = spends_plan and cost > 0 and KEYS[12]
local minute = look(KEYS[3], KEYS[4], MINUTE, MINUTES_BUCKETS, minute_limit, nothing)
local token = token_limit and look(KEYS[5], KEYS[6], MINUTE, MINUTES_BUCKETS, token_limit, nothing)
local account = not spends_plan and look(KEYS[7], KEYS[8], MINUTE, MINUTES_BUCKETS, integer(ARGV[7]))

local model_costs, of_models = {}, {}
if model_limits then
  if nothing then need_memory(nothing) end
  if ARGV[12] ~= '' then model_costs = cjson.decode(ARGV[12]) end
  of_models = look_at_models(model_limits, model_costs, KEYS[13], KEYS[14], KEYS[15], minute.bucket, today, day_ends)
end

local slots_used, some_are_over = redis.call('ZCARD', KEYS[10]), false
if slots_used > 0 then
  local used = redis.call('ZCOUNT', KEYS[10], now + 1, '+inf')
  slots_used, some_are_over = used, used < slots_used
end

local function until_day_fits(units)
  return day_used + units > day_limit and day_ends or 0
end

-- `third` is the lease's end, or what refuses.
local function report(state, third)
  local answer = {
    state, now, slots_limit, slots_used, third, credential_rights, user_rights,
    'day', day_limit, day_used, until_day_fits(1), day_used > 0 and day_ends or 0,
    'minute', minute.limit, minute.used, wait_for(minute, 1), wait_for_all(minute),
  }
  local function add(name, limit, used, one_fits, none_used)
    local last = #answer
    answer[last + 1], answer[last + 2], answer[last + 3] = name, limit, used
    answer[last + 4], answer[last + 5] = one_fits, none_used
  end
  if token then add('token', token.limit, token.used, wait_for(token, 1), wait_for_all(token)) end
  if account then add('account', account.limit, account.used, wait_for(account, 1), wait_for_all(account)) end
  for _, window in ipairs(of_models) do
    add(window.name, window.limit, window.used, window.fits(1), window.empty())
  end
  return answer
end

local already = ARGV[17] == '1' and redis.call('HGET', KEYS[11], call)
if already then return report('OK', tonumber(string.match(already, '^%d+'))) end

if kind == 'exempt' or cost == 0 then return report('OK', 0) end

if kind == 'account' then
  if cost > account.limit then return {'ABOVE', now, account.limit} end
  if account.used + cost > account.limit then return report('LIMITED', {'account', wait_for(account, cost)}) end
  -- As the first write one that needs no memory, so a full Redis refuses none.
  redis.call('HDEL', KEYS[11], '')
  spend(account, cost)
  return report('OK', 0)
end

if cost > minute.limit then return {'ABOVE', now, minute.limit} end
if token and cost > token.limit then return {'ABOVE', now, token.limit} end
if cost > day_limit then return {'ABOVE', now, day_limit} end
local refusing = {}
local function refuse(name, fits)
  refusing[#refusing + 1], refusing[#refusing + 2] = name, fits
end
if day_used + cost > day_limit then refuse('day', day_ends) end
if minute.used + cost > minute.limit then refuse('minute', wait_for(minute, cost)) end
if token and token.used + cost > token.limit then refuse('token', wait_for(token, cost)) end
for _, window in ipairs(of_models) do
  if window.cost > window.limit then return {'ABOVE', now, window.limit} end
  if window.used + window.cost > window.limit then refuse(window.name, window.fits(window.cost)) end
end
if slots_used >= slots_limit then refuse('places', 0) end
if #refusing > 0 then return report('LIMITED', refusing) end

local is_in_new_bucket = minute.in_bucket == 0
spend(minute, cost)
if token then spend(token, cost) end
day_used = day_used + cost
if stored_day == today then
  redis.call('HINCRBY', KEYS[9], 'u', ARGV[4])
else
  redis.call('HSET', KEYS[9], 'n', today, 'u', day_used)
  -- Once for each day: that is long enough.
  redis.call('PEXPIRE', KEYS[9], 2 * DAY)
end
if model_limits then
  spend_on_models(model_limits, model_costs, KEYS[13], KEYS[14], KEYS[15], minute.bucket, today, call)
  for _, window in ipairs(of_models) do
    window.used = window.used + window.cost
    window.spent(window.cost)
  end
end
local ends = now + lease
if some_are_over then redis.call('ZREMRANGEBYSCORE', KEYS[10], '-inf', now) end
redis.call('ZADD', KEYS[10], now + slot_lease, call)
-- An hour longer than any of the calls, also than those that begin later in the same bucket.
if slots_used == 0 or is_in_new_bucket or lease > DAY then
  redis.call('PEXPIRE', KEYS[10], math.max(lease, DAY) + 3600000)
end
slots_used = slots_used + 1
-- settle.lua and reaper.py read this line.
local line = string.format('%d|%s|%d|%d|%d|%s|', ends, minute.name, today, generation, cost, token and token.name or '-')
redis.call('HSET', KEYS[11], call, line .. ARGV[6])
return report('OK', ends)
