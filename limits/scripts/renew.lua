-- Keeps the slot of a call that runs, for some time more. window.lua is put in front.
--
-- KEYS  1 slots  2 open
-- ARGV  1 call  2 not after, ms  3 how long it has the slot from now on, ms  4 limit of slots
-- Answers {state, now}:
--   OK     it has its slot
--   NONE   the call is not open: Redis has lost it, or it has ended. Nothing happened
--   TAKEN  it was not renewed in time, and other calls have all the slots. Nothing happened
--   STALE  the command arrived too late; nothing happened

local call, not_after, lease, limit = ARGV[1], integer(ARGV[2]), integer(ARGV[3]), integer(ARGV[4])
if lease < 0 then error('negative lease') end

if now > not_after then return {'STALE', now} end
if redis.call('HEXISTS', KEYS[2], call) == 0 then return {'NONE', now} end
-- A slot that is over, and still there, has not been given to another call: admit.lua removes it first.
if not redis.call('ZSCORE', KEYS[1], call) and redis.call('ZCOUNT', KEYS[1], text(now), '+inf') >= limit then
  return {'TAKEN', now}
end
-- This command writes nothing. A full Redis refuses commands that may need memory only as the first write of a script,
-- and calls that run go on.
redis.call('HDEL', KEYS[2], '')
redis.call('ZADD', KEYS[1], text(now + lease), call)
return {'OK', now}
