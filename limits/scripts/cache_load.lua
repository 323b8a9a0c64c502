-- Writes data from Postgres into the entries of a cache miss. window.lua is put in front.
--
-- An entry is written only while it holds the nonce of the miss and the epoch of this command. A revocation overwrites
-- the nonce, a Redis without its data has lost it, and a revocation that could not be written raises the epoch. In each
-- of these cases the data may be old, and they are dropped.
--
-- A session's entry expires when the session would be idle, and is then loaded again: if the session was used since,
-- Postgres knows it by then.
--
-- If the user's address belonged to another user before, that user's minute window is copied. This happens once: from
-- then on the new window exists, and it lives longer than the one that it was copied from.
--
-- KEYS  1 credential  2 subject  3 day  4,5 minute  6 day of models
-- ARGV  1 epoch  2 credential's nonce, '' to leave it  3 state  4 ends at, ms  5 idle at, ms, or ''  6 own limit or ''
--       7 rights  8 subject's nonce, '' to leave it  9 state  10 per minute  11 per day  12 at once  13 rights
--       14 day's number  15 units of that day in Postgres  16 the credential's networks, packed, '' for any
--       17 limits of models and 18 their units of that day, as JSON, or ''
--       19,20 21,22 ... buckets of the minute and their units
-- Answers {OK, now, credential written, subject written}, 1 or 0.

local MINUTE, DAY = 60000, 86400000
local epoch, state, ends = ARGV[1], ARGV[3], integer(ARGV[4])
local idle = ARGV[5] ~= '' and integer(ARGV[5])
local per_minute, per_day, at_once = integer(ARGV[10]), integer(ARGV[11]), integer(ARGV[12])
local day, units = integer(ARGV[14]), integer(ARGV[15])
integer(epoch)
if ARGV[6] ~= '' then integer(ARGV[6]) end
for number = 19, #ARGV do integer(ARGV[number]) end
if #ARGV % 2 == 1 then error('a bucket without units') end

local function expects(key, nonce)
  if nonce == '' then return false end
  local entry = redis.call('HMGET', key, 'e', 'f')
  return entry[1] == epoch and entry[2] == nonce
end

local credential, subject = expects(KEYS[1], ARGV[2]), expects(KEYS[2], ARGV[8])

if credential then
  local leaves = math.max(ends, now) + DAY
  if state == 'live' and idle then
    if idle > now then
      leaves = math.min(leaves, idle)
    else
      -- Only for a minute: after an outage of Postgres, a process may still have to write that the session was used.
      state, leaves = 'dead', now + MINUTE
    end
  end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'e', epoch, 's', state, 't', text(ends), 'm', ARGV[6], 'r', ARGV[7],
    'n', ARGV[16])
  redis.call('PEXPIREAT', KEYS[1], text(leaves))
end

if subject then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], 'e', epoch, 's', ARGV[9], 'm', text(per_minute), 'd', text(per_day), 'c', text(at_once),
    'r', ARGV[13], 'l', ARGV[17])
  redis.call('PEXPIRE', KEYS[2], text(30 * DAY))
  local stored = redis.call('HMGET', KEYS[3], 'n', 'u', 'c')
  local used = stored[1] and tonumber(stored[1]) == day and tonumber(stored[2]) or 0
  local newer = stored[1] and tonumber(stored[1]) > day
  if units > used and not newer and math.floor(now / DAY) == day then
    -- Units that were not spent here: those of a former user of the address, or those that Redis has lost. The
    -- comparison of counts subtracts them. With their day, because admit.lua begins a new day without them.
    local of, before = string.match(stored[3] or '', '^(%d+):(%d+)$')
    local carried = units - used + (of == text(day) and integer(before) or 0)
    redis.call('HSET', KEYS[3], 'n', text(day), 'u', text(units), 'c', text(day) .. ':' .. text(carried))
    redis.call('PEXPIRE', KEYS[3], text(2 * DAY))
  end
  if ARGV[18] ~= '' and not newer and math.floor(now / DAY) == day then
    local is_same = redis.call('HGET', KEYS[6], 'n') == text(day)
    if not is_same then
      -- Also of models that have no limit now. They may have one later today.
      for _, field in ipairs(redis.call('HKEYS', KEYS[6])) do
        if string.sub(field, 1, 2) == 'd:' then redis.call('HDEL', KEYS[6], field) end
      end
    end
    for model in pairs(cjson.decode(ARGV[17])) do
      local spent = cjson.decode(ARGV[18])[model] or 0
      local known = is_same and tonumber(redis.call('HGET', KEYS[6], 'd:' .. model) or 0) or 0
      redis.call('HSET', KEYS[6], 'd:' .. model, text(math.max(spent, known)))
    end
    redis.call('HSET', KEYS[6], 'n', text(day))
    redis.call('PEXPIRE', KEYS[6], text(2 * DAY))
  end
  if #ARGV > 18 and redis.call('EXISTS', KEYS[4], KEYS[5]) == 0 then
    for number = 19, #ARGV, 2 do
      redis.call('HSET', KEYS[4], ARGV[number], ARGV[number + 1])
      redis.call('HINCRBY', KEYS[4], 't', ARGV[number + 1])
      redis.call('RPUSH', KEYS[5], ARGV[number])
    end
    for _, key in ipairs({KEYS[4], KEYS[5]}) do redis.call('PEXPIRE', key, text(MINUTE + 11000)) end
  end
end

return {'OK', now, credential and 1 or 0, subject and 1 or 0}
