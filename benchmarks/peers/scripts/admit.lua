-- Looks up whether the token was revoked, counts the call in its minute and takes a slot. All peers use it.
--
-- KEYS  1 revoked token  2 calls of the minute  3 slots
-- ARGV  1 call  2 calls a minute  3 slots  4 longest time of a call, ms
-- Answers OK, REVOKED or LIMITED.

if redis.call('EXISTS', KEYS[1]) == 1 then return 'REVOKED' end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[3]) then return 'LIMITED' end
local calls = redis.call('INCR', KEYS[2])
if calls == 1 then redis.call('EXPIRE', KEYS[2], 60) end
if calls > tonumber(ARGV[2]) then return 'LIMITED' end
redis.call('ZADD', KEYS[3], now + ARGV[4], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 'OK'
