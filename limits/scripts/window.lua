-- Sliding windows. This file is put in front of every script.
--
-- A window is a hash (units by bucket, and their total under "t") and a list (its buckets, oldest first). A bucket is
-- dropped only when its youngest unit is a whole window old, so no time span of that length ever has more units than
-- the limit. Work is constant over time, and memory is bounded by the number of buckets, also with a high limit.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- `+ 0` converts a text once, and fails if it is no number. tonumber converts it twice.
local function integer(text)
  local number = text + 0
  if number % 1 == 0 and number >= -9007199254740991 and number <= 9007199254740991 then return number end
  error('not a whole number: ' .. text)
end

-- For a number that becomes part of a text. %d and not `..`, which writes at most 14 digits. A number that is itself an
-- argument of redis.call does not need this: Redis writes 17 digits.
local function text(number)
  return string.format('%d', number)
end

-- A full Redis refuses only commands that may need memory, and only as the first write of a script. If a command that
-- needs none is to come first, this one comes before it: it writes nothing, and is refused instead of the later ones.
local function need_memory(nothing)
  redis.call('SETRANGE', nothing, 0, '')
end

-- Drops the buckets that are over, and returns what is used. If Redis' clock was set back, the window stands still
-- until the clock has caught up.
-- `nothing`, if given, is a key that never exists, for `need_memory`, which then comes before a drop.
local function look(hash, order, width, buckets, limit, nothing)
  local bucket = math.floor(now / width)
  local name, newest = text(bucket), redis.call('LINDEX', order, -1)
  if newest == name then
    -- Whoever began this bucket has dropped what is over by now.
    newest = bucket
  elseif newest then
    newest = newest + 0
    if newest > bucket then bucket, name = newest, text(newest) end
    local oldest = redis.call('LINDEX', order, 0)
    if oldest and oldest + 0 <= bucket - buckets then
      local over = 0
      if nothing then need_memory(nothing) end
      repeat
        redis.call('LPOP', order)
        over = over + (redis.call('HGET', hash, oldest) or 0)
        redis.call('HDEL', hash, oldest)
        oldest = redis.call('LINDEX', order, 0)
      until not oldest or oldest + 0 > bucket - buckets
      if over > 0 then redis.call('HINCRBY', hash, 't', -over) end
    end
  end
  local units = redis.call('HMGET', hash, 't', name)
  return {
    hash = hash, order = order, width = width, buckets = buckets, limit = limit, bucket = bucket, newest = newest,
    name = name, used = (units[1] or 0) + 0, in_bucket = (units[2] or 0) + 0,
  }
end

-- Milliseconds until that many units fit.
local function wait_for(window, units)
  local missing = window.used + units - window.limit
  if missing <= 0 then return 0 end
  local first = 0
  while true do
    local page = redis.call('LRANGE', window.order, first, first + 49)
    if #page == 0 then return window.width * window.buckets end
    local spent = redis.call('HMGET', window.hash, unpack(page))
    for i, bucket in ipairs(page) do
      missing = missing - tonumber(spent[i] or 0)
      if missing <= 0 then return (tonumber(bucket) + window.buckets) * window.width - now end
    end
    first = first + 50
  end
end

-- Milliseconds until nothing is used.
local function wait_for_all(window)
  if window.used <= 0 then return 0 end
  return (window.newest + window.buckets) * window.width - now
end

-- Once for each window of a script.
local function spend(window, units)
  local used, name = window.used + units, window.name
  redis.call('HSET', window.hash, name, window.in_bucket + units, 't', used)
  if window.in_bucket == 0 then
    -- The bucket is new in the hash. It may still be in the list, if all of its units were given back.
    if window.newest ~= window.bucket then redis.call('RPUSH', window.order, name) end
    window.newest = window.bucket
    -- Until after the bucket's end, with a margin. Later units of the same bucket end with it.
    local life = window.width * window.buckets + 10000
    redis.call('PEXPIRE', window.hash, life)
    redis.call('PEXPIRE', window.order, life)
  end
  window.used = used
end

-- Only while the bucket exists: otherwise its units are free again already. `units` is above 0.
local function give_back(hash, bucket, units)
  if redis.call('HEXISTS', hash, bucket) == 1 then
    redis.call('HINCRBY', hash, bucket, -units)
    redis.call('HINCRBY', hash, 't', -units)
  end
end
