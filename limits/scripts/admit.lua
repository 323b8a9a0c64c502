-- Admits a call, or answers why not. All or nothing. window.lua and models.lua are put in front.
--
-- KEYS  1 credential  2 subject  3,4 minute  5 day  6 slots  7 open  8 nothing  9,10 minutes of models
--       11 day of models  12,13 token's minute  14,15 account's minute
--       A call that spends the plan's units reads no account's minute, and a session's call no token's minute. Those
--       keys are left out: to read six keys takes Redis as long as a command.
-- ARGV  1 epoch  2 generation  3 kind: plan, account, exempt or visitor  4 cost  5 length of the lease, ms
--       6 the call's line in `open`  7 account's limit
--       8 an anonymous caller's limits, with commas between them: per minute, per day, at once ('' for others)
--       9 the caller's IP address, packed ('' for a caller that no networks bind)
--       10 what the calls of each model cost, as JSON, or ''
--       11 how long it has its slot unless that is renewed (renew.lua), ms
--       The others are not alike in the calls of a caller that cost the same:
--       12 call  13 not after, ms  14 number of the command: 0 for the first one of a call, which cannot be open yet
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
local call, not_after = ARGV[12], integer(ARGV[13])
local epoch, kind = ARGV[1], ARGV[3]
local cost, lease, slot_lease = integer(ARGV[4]), integer(ARGV[5]), integer(ARGV[11])
integer(epoch)
integer(ARGV[2])
if cost < 0 or lease < 0 or slot_lease < 0 then error('negative cost or lease') end

if now > not_after then return {'LATE', now} end

local minute_limit, day_limit, slots_limit
local token_limit, model_limits, credential_rights, user_rights = false, false, '', ''
if kind == 'visitor' then
  minute_limit, day_limit, slots_limit = string.match(ARGV[8], '^(%d+),(%d+),(%d+)$')
  minute_limit, day_limit, slots_limit = integer(minute_limit), integer(day_limit), integer(slots_limit)
else
  local credential = redis.call('HMGET', KEYS[1], 'e', 's', 'n', 't', 'm', 'r')
  local subject = redis.call('HMGET', KEYS[2], 'e', 's', 'l', 'm', 'd', 'c', 'r')

  -- An entry without the field that comes third was written by a previous version, which does not know the field.
  local has_credential = credential[1] == epoch and credential[2] and credential[3]
  local has_subject = subject[1] == epoch and subject[2] and subject[3]
  if not has_credential or not has_subject then
    -- The nonce that allows a process to load this entry from Postgres; '' if the entry is in the cache. An earlier
    -- nonce of this epoch is kept, so that all requests that miss at the same time share one cache load.
    local function missing(key, entry, is_loaded)
      if is_loaded then return '' end
      local nonce = entry[1] == epoch and redis.call('HGET', key, 'f')
      if nonce then return nonce end
      redis.call('DEL', key)
      -- A new one each time: an earlier one may belong to a cache load that has read an outdated row.
      nonce = call .. ARGV[14]
      redis.call('HSET', key, 'e', epoch, 'f', nonce)
      redis.call('PEXPIRE', key, 5000)
      return nonce
    end
    return {'MISS', now, missing(KEYS[1], credential, has_credential), missing(KEYS[2], subject, has_subject)}
  end

  if credential[2] ~= 'live' or credential[4] + 0 <= now or subject[2] ~= 'live' then return {'DEAD', now} end
  local networks, address = credential[3], ARGV[9]
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
local stored = redis.call('HMGET', KEYS[5], 'n', 'u')
local stored_day = stored[1] and stored[1] + 0
if stored_day and stored_day > today then today = stored_day end
local day_used, day_ends = stored_day == today and stored[2] + 0 or 0, (today + 1) * DAY - now

local spends_plan = kind == 'plan' or kind == 'visitor'
local nothing = spends_plan and cost > 0 and KEYS[8]
local minute = look(KEYS[3], KEYS[4], MINUTE, MINUTES_BUCKETS, minute_limit, nothing)
local token = token_limit and look(KEYS[12], KEYS[13], MINUTE, MINUTES_BUCKETS, token_limit, nothing)
local account = not spends_plan and look(KEYS[14], KEYS[15], MINUTE, MINUTES_BUCKETS, integer(ARGV[7]))

local model_costs, of_models, spend_on_models = {}, {}, nil
if model_limits then
  local look_at_models
  look_at_models, spend_on_models = functions_of_models()
  if nothing then need_memory(nothing) end
  if ARGV[10] ~= '' then model_costs = cjson.decode(ARGV[10]) end
  of_models = look_at_models(model_limits, model_costs, KEYS[9], KEYS[10], KEYS[11], minute.bucket, today, day_ends)
end

local slots_used, some_are_over = redis.call('ZCARD', KEYS[6]), false
if slots_used > 0 then
  local used = redis.call('ZCOUNT', KEYS[6], now + 1, '+inf')
  slots_used, some_are_over = used, used < slots_used
end

-- `third` is the lease's end, or what refuses.
local function report(state, third)
  local answer = {
    state, now, slots_limit, slots_used, third, credential_rights, user_rights,
    'day', day_limit, day_used, day_used < day_limit and 0 or day_ends, day_used > 0 and day_ends or 0,
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

local already = ARGV[14] ~= '0' and redis.call('HGET', KEYS[7], call)
if already then return report('OK', tonumber(string.match(already, '^%d+'))) end

if kind == 'exempt' or cost == 0 then return report('OK', 0) end

if kind == 'account' then
  if cost > account.limit then return {'ABOVE', now, account.limit} end
  if account.used + cost > account.limit then return report('LIMITED', {'account', wait_for(account, cost)}) end
  -- As the first write one that needs no memory, so a full Redis refuses none.
  redis.call('HDEL', KEYS[7], '')
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
  redis.call('HINCRBY', KEYS[5], 'u', ARGV[4])
else
  redis.call('HSET', KEYS[5], 'n', today, 'u', day_used)
  -- Once for each day: that is long enough.
  redis.call('PEXPIRE', KEYS[5], 2 * DAY)
end
if model_limits then
  spend_on_models(model_limits, model_costs, KEYS[9], KEYS[10], KEYS[11], minute.bucket, today, call)
  for _, window in ipairs(of_models) do
    window.used = window.used + window.cost
    window.spent(window.cost)
  end
end
local ends = now + lease
if some_are_over then redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now) end
redis.call('ZADD', KEYS[6], now + slot_lease, call)
-- An hour longer than any of the calls, also than those that begin later in the same bucket.
if slots_used == 0 or is_in_new_bucket or lease > DAY then
  redis.call('PEXPIRE', KEYS[6], math.max(lease, DAY) + 3600000)
end
slots_used = slots_used + 1
-- settle.lua and reaper.py read this line.
local token_bucket = token and token.name or '-'
local line = string.format('%d|%s|%d|%s|%s|%s|', ends, minute.name, today, ARGV[2], ARGV[4], token_bucket)
redis.call('HSET', KEYS[7], call, line .. ARGV[6])
return report('OK', ends)
