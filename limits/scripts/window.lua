-- Sliding windows. This file is put in front of every script.
--
-- A window is a hash (units by bucket, and their total under "t") and a list (its buckets, oldest first). A bucket is
-- dropped only when its youngest unit is a whole window old, so no time span of that length ever has more units than
-- the limit. Work is constant over time, and memory is bounded by the number of buckets, also with a high limit.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function integer(text)
  local number = tonumber(text)
  if not number or number ~= math.floor(number) or math.abs(number) > 9007199254740991 then
    error('not a whole number: ' .. tostring(text))
  end
  return number
end

-- %d and not tostring, which would write large numbers as 1.7e+12.
local function text(number)
  return string.format('%d', number)
end

-- Drops the buckets that are over, and returns what is used. If Redis' clock was set back, the window stands still
-- until the clock has caught up.
-- `before_drop`, if given, is called first if there are any.
local function look(hash, order, width, buckets, limit, before_drop)
  local bucket = math.floor(now / width)
  local newest = tonumber(redis.call('LINDEX', order, -1) or nil)
  if newest and newest > bucket then bucket = newest end
  local over = 0
  local oldest = redis.call('LINDEX', order, 0)
  if before_drop and oldest and tonumber(oldest) <= bucket - buckets then before_drop() end
  while oldest and tonumber(oldest) <= bucket - buckets do
    redis.call('LPOP', order)
    over = over + tonumber(redis.call('HGET', hash, oldest) or 0)
    redis.call('HDEL', hash, oldest)
    oldest = redis.call('LINDEX', order, 0)
  end
  if over > 0 then redis.call('HINCRBY', hash, 't', text(-over)) end
  local name = text(bucket)
  local units = redis.call('HMGET', hash, 't', name)
  return {
    hash = hash, order = order, width = width, buckets = buckets, limit = limit, bucket = bucket, newest = newest,
    name = name, used = tonumber(units[1] or 0), in_bucket = tonumber(units[2] or 0),
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
  redis.call('HSET', window.hash, name, text(window.in_bucket + units), 't', text(used))
  if window.in_bucket == 0 then
    -- The bucket is new in the hash. It may still be in the list, if all of its units were given back.
    if window.newest ~= window.bucket then redis.call('RPUSH', window.order, name) end
    window.newest = window.bucket
    -- Until after the bucket's end, with a margin. Later units of the same bucket end with it.
    local life = text(window.width * window.buckets + 10000)
    redis.call('PEXPIRE', window.hash, life)
    redis.call('PEXPIRE', window.order, life)
  end
  window.used = used
end

-- Only while the bucket exists: otherwise its units are free again already.
local function give_back(hash, bucket, units)
  if units > 0 and redis.call('HEXISTS', hash, bucket) == 1 then
    redis.call('HINCRBY', hash, bucket, text(-units))
    redis.call('HINCRBY', hash, 't', text(-units))
  end
end
