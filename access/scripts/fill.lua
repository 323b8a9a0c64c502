-- Writes what Postgres says into entries that a miss left open. After window.lua.
--
-- An entry is written only while it holds the nonce of the miss and the epoch of this command. A revocation overwrites
-- the nonce, a lost Redis has lost it, and a revocation that could not be written raises the epoch: in each case what was
-- read may be old, and is dropped.
--
-- KEYS  1 credential  2 subject  3 day
-- ARGV  1 epoch  2 credential's nonce, '' to leave it  3 state  4 until, ms  5 own limit or ''  6 rights
--       7 subject's nonce, '' to leave it  8 state  9 per minute  10 per day  11 at once  12 rights
--       13 day's number  14 units of that day in Postgres
-- Answers {OK, now, credential written, subject written}, 1 or 0.

local DAY = 86400000
local epoch, ends = ARGV[1], integer(ARGV[4])
local per_minute, per_day, at_once = integer(ARGV[9]), integer(ARGV[10]), integer(ARGV[11])
local day, units = integer(ARGV[13]), integer(ARGV[14])
integer(epoch)
if ARGV[5] ~= '' then integer(ARGV[5]) end

local function awaits(key, nonce)
  if nonce == '' then return false end
  local entry = redis.call('HMGET', key, 'e', 'f')
  return entry[1] == epoch and entry[2] == nonce
end

local credential, subject = awaits(KEYS[1], ARGV[2]), awaits(KEYS[2], ARGV[7])

if credential then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'e', epoch, 's', ARGV[3], 't', text(ends), 'm', ARGV[5], 'r', ARGV[6])
  redis.call('PEXPIREAT', KEYS[1], text(math.max(ends, now) + DAY))
end

if subject then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], 'e', epoch, 's', ARGV[8], 'm', text(per_minute), 'd', text(per_day), 'c', text(at_once),
    'r', ARGV[12])
  redis.call('PEXPIRE', KEYS[2], text(30 * DAY))
  local stored = redis.call('HMGET', KEYS[3], 'n', 'u')
  local used = stored[1] and tonumber(stored[1]) == day and tonumber(stored[2]) or 0
  local newer = stored[1] and tonumber(stored[1]) > day
  if units > used and not newer and math.floor(now / DAY) == day then
    redis.call('HSET', KEYS[3], 'n', text(day), 'u', text(units))
    redis.call('PEXPIRE', KEYS[3], text(2 * DAY))
  end
end

return {'OK', now, credential and 1 or 0, subject and 1 or 0}
