-- Ends a call: its place is free, units are given back, its entry stands in the log. Once, however often it is asked.
-- After window.lua.
--
-- KEYS  1 minute  2 token's minute  3 day  4 places  5 open  6 log  7 generations that have a log
-- ARGV  1 call  2 mode: first, later, again, drop or reap  3 not after, ms (first, later)
--       4 lease's end, ms (first, later)  5 units to give back
--       6 entry for the log, '' for none  7 generation of this server
-- Modes: `first` comes before the answer has left. Then the call is counted as it was, however late it is: `later` where
-- no earlier command can have been done, `again` where one may have been, `drop` where one may have been booked already.
-- `reap` ends what nobody settles.
-- Answers {state, now}:
--   DONE     it is ended, now or by an earlier command
--   LATE     its lease is over: it was, or is now, ended as a failure
--   STALE    the command lay too long; nothing happened (first, later)
--   RUNNING  its lease is not over; nothing happened (reap)

-- Writes nothing. A Redis that is full refuses nothing after a first write that needs no memory, and ends must go on.
redis.call('HDEL', KEYS[5], '')

local call, mode = ARGV[1], ARGV[2]
local not_after, lease_ends, units, generation = integer(ARGV[3]), integer(ARGV[4]), integer(ARGV[5]), integer(ARGV[7])
if units < 0 then error('negative units') end

-- These may append what is not open. Executed after the sender has given up and has asked `again`, they would append a
-- second entry.
local unsent = mode == 'first' or mode == 'later'
if unsent and now > not_after then return {'STALE', now} end

local function append(entry)
  if entry == '' then return end
  redis.call('XADD', KEYS[6], '*', 'e', entry)
  redis.call('SADD', KEYS[7], text(generation))
end

local line = redis.call('HGET', KEYS[5], call)
local ends, bucket, day, began, cost, token_bucket, failure
if line then
  ends, bucket, day, began, cost, token_bucket, failure =
    string.match(line, '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|([%d-]+)|[^|]*|[^|]*|(.*)$')
  if not ends then
    -- Nobody can read it: it is as good as lost, and must not be looked at for ever.
    redis.call('HDEL', KEYS[5], call)
    redis.call('ZREM', KEYS[4], call)
    line = false
  end
end
if not line then
  if not unsent then return {'DONE', now} end
  if now >= lease_ends then return {'LATE', now} end
  -- Redis has lost it, with its place and its units.
  append(ARGV[6])
  return {'DONE', now}
end

local over = now >= tonumber(ends)
if mode == 'reap' and not over then return {'RUNNING', now} end

redis.call('HDEL', KEYS[5], call)
redis.call('ZREM', KEYS[4], call)
-- A call of an earlier server may have ended in what that server lost: then it is counted already.
if mode == 'drop' or mode == 'reap' and tonumber(began) ~= generation then return {'LATE', now} end

local late = over and (mode == 'first' or mode == 'reap')
if late then units = tonumber(cost) end
give_back(KEYS[1], bucket, units)
if token_bucket ~= '-' then give_back(KEYS[2], token_bucket, units) end
if redis.call('HGET', KEYS[3], 'n') == day then redis.call('HINCRBY', KEYS[3], 'u', text(-units)) end
append(late and failure or ARGV[6])
return {late and 'LATE' or 'DONE', now}
