-- Ends a call: its slot becomes free, units are given back, its entry is appended to the log. It happens once, even if
-- the command is repeated. window.lua is put in front.
--
-- KEYS  1 minute  2 token's minute  3 day  4 slots  5 open  6 log  7 generations that have a log
--       8 minutes of models  9 day of models, as models.lua has them
-- ARGV  1 call  2 mode: first, later, again, drop, reap or job  3 not after, ms (first, later)
--       4 lease's end, ms (first, later)  5 units to give back
--       6 entry for the log, '' for none  7 generation of this server
-- Modes: `first` is before the answer is sent to the caller. After that the call is counted as it ended, even if it is
-- late: `later` if no earlier command can have run, `again` if one may have run, `drop` if one may have run and its
-- entry may be in usage already. `reap` ends a call that no process settles. `job` ends the call of a job, and logs
-- nothing: Postgres has counted it, if it counts. Its entry only says what models keep.
-- Answers {state, now}:
--   DONE     the call has ended, now or by an earlier command
--   LATE     its lease is over: it has ended as a failure, now or earlier
--   STALE    the command arrived too late; nothing happened (first, later)
--   RUNNING  its lease is not over; nothing happened (reap)

local call, mode = ARGV[1], ARGV[2]
local not_after, lease_ends, units, generation = integer(ARGV[3]), integer(ARGV[4]), integer(ARGV[5]), integer(ARGV[7])
if units < 0 then error('negative units') end

-- These modes may append a call that is not open. If they ran after the sender gave up and sent `again`, they would
-- append a second entry.
local unsent = mode == 'first' or mode == 'later'
if unsent and now > not_after then return {'STALE', now} end

local function append(entry)
  if entry == '' then return end
  redis.call('XADD', KEYS[6], '*', 'e', entry)
  redis.call('SADD', KEYS[7], ARGV[7])
end

local line = redis.call('HGET', KEYS[5], call)
local ends, bucket, day, cost, token_bucket, failure
if line then
  ends, bucket, day, cost, token_bucket, failure =
    string.match(line, '^(%d+)|(%d+)|(%d+)|%d+|(%d+)|([%d-]+)|[^|]*|[^|]*|(.*)$')
  if not ends then
    -- The line cannot be read, so it counts as lost. It is removed, or it would be read again and again.
    redis.call('HDEL', KEYS[5], call)
    redis.call('ZREM', KEYS[4], call)
    line = false
  end
end
if not line then
  if not unsent then return {'DONE', now} end
  if now >= lease_ends then return {'LATE', now} end
  -- Redis has lost the call, with its slot and its units. The first command writes nothing. A full Redis refuses commands
  -- that may need memory only as the first write of a script, and calls must end.
  redis.call('HDEL', KEYS[5], '')
  append(ARGV[6])
  return {'DONE', now}
end

local over = now >= ends + 0
if mode == 'reap' and not over then return {'RUNNING', now} end

-- The first write needs no memory, so a full Redis refuses none of the later ones: calls must end.
redis.call('HDEL', KEYS[5], call)
redis.call('ZREM', KEYS[4], call)
if mode == 'drop' then
  redis.call('HDEL', KEYS[9], 'c:' .. call)
  return {'LATE', now}
end

local late = over and (mode == 'first' or mode == 'reap')
local entry = late and failure or ARGV[6]
if late then units = cost + 0 end
if units > 0 then
  give_back(KEYS[1], bucket, units)
  if token_bucket ~= '-' then give_back(KEYS[2], token_bucket, units) end
  if redis.call('HGET', KEYS[3], 'n') == day then redis.call('HINCRBY', KEYS[3], 'u', -units) end
end

-- What the call has spent from the limits of single models, as models.lua writes it.
local record = redis.call('HGET', KEYS[9], 'c:' .. call)
if record then
  redis.call('HDEL', KEYS[9], 'c:' .. call)
  -- Units by model that the entry says are kept. limits/entries.py packs it.
  local kept, position = {}, 37
  while position <= #entry do
    local length, _, _, kept_units, _, after = struct.unpack('<I2I4I4I8d', entry, position)
    local model = string.sub(entry, after, after + length - 1)
    kept[model] = (kept[model] or 0) + kept_units
    position = after + length
  end
  local of_bucket, of_day, costs = string.match(record, '^(%d+)|(%d+)|(.*)$')
  for model, spent in pairs(cjson.decode(costs)) do
    local back = math.max(0, spent - (kept[model] or 0))
    local field = of_bucket .. ':' .. model
    if back > 0 and redis.call('HEXISTS', KEYS[8], field) == 1 then
      redis.call('HINCRBY', KEYS[8], field, -back)
      redis.call('HINCRBY', KEYS[8], 't:' .. model, -back)
    end
    if back > 0 and redis.call('HGET', KEYS[9], 'n') == of_day then
      redis.call('HINCRBY', KEYS[9], 'd:' .. model, -back)
    end
  end
end

if mode ~= 'job' then append(entry) end
return {late and 'LATE' or 'DONE', now}
