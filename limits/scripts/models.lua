-- Limits of single models. This file is put in front of admit.lua, after window.lua.
--
-- The minute windows of all models of a user are one hash (units by "bucket:model", a model's total under "t:model",
-- its newest bucket under "b:model") and one list ("bucket:model", oldest first). Their buckets are those of the user's
-- own minute, which every call spends from, too. The day is a hash: its number under "n", units under "d:model", and
-- under "c:call" what a running call has spent, for settle.lua.
-- The functions are made only for a caller whose plan has such limits.

local function functions_of_models()
  local MODEL_BUCKETS, MODEL_WIDTH = 601, 100

  -- Drops the buckets that are over. In pages: after a pause there may be many, of many models.
  local function drop_old(hash, order, bucket)
    local function is_over(field)
      return tonumber(string.match(field, '^%d+')) <= bucket - MODEL_BUCKETS
    end
    local units, oldest = {}, redis.call('LINDEX', order, 0)
    while oldest and is_over(oldest) do
      local over = {}
      for _, field in ipairs(redis.call('LRANGE', order, 0, 99)) do
        if not is_over(field) then break end
        table.insert(over, field)
      end
      for place, spent in ipairs(redis.call('HMGET', hash, unpack(over))) do
        local model = string.match(over[place], '^%d+:(.*)$')
        units[model] = (units[model] or 0) + tonumber(spent or 0)
      end
      redis.call('HDEL', hash, unpack(over))
      redis.call('LTRIM', order, text(#over), -1)
      oldest = redis.call('LINDEX', order, 0)
    end
    for model, sum in pairs(units) do
      if sum ~= 0 then redis.call('HINCRBY', hash, 't:' .. model, text(-sum)) end
    end
  end

  -- Milliseconds until that many units fit. Reads the buckets of this model only: the list has those of all models.
  local function wait_for_model(window, units)
    local missing = window.used + units - window.limit
    if missing <= 0 then return 0 end
    local newest = tonumber(redis.call('HGET', window.hash, 'b:' .. window.model) or 0)
    local first = window.bucket - MODEL_BUCKETS + 1
    while first <= newest do
      local page = {}
      for number = first, math.min(first + 49, newest) do table.insert(page, text(number) .. ':' .. window.model) end
      for place, spent in ipairs(redis.call('HMGET', window.hash, unpack(page))) do
        missing = missing - tonumber(spent or 0)
        if missing <= 0 then return (first + place - 1 + MODEL_BUCKETS) * MODEL_WIDTH - now end
      end
      first = first + #page
    end
    return MODEL_WIDTH * MODEL_BUCKETS
  end

  local function wait_for_all_of_model(window)
    if window.used <= 0 then return 0 end
    return (tonumber(redis.call('HGET', window.hash, 'b:' .. window.model)) + MODEL_BUCKETS) * MODEL_WIDTH - now
  end

  -- The limits of the models that the operation calls; of all models if it calls none.
  local function look_at_models(limits, costs, hash, order, day, bucket, today, ends)
    drop_old(hash, order, bucket)
    local names = {}
    for model in pairs(limits) do
      if costs[model] or not next(costs) then table.insert(names, model) end
    end
    table.sort(names)
    local is_today = tonumber(redis.call('HGET', day, 'n') or -1) >= today
    local found = {}
    for _, model in ipairs(names) do
      local limit, cost = limits[model], costs[model] or 0
      if limit.m then
        local used = tonumber(redis.call('HGET', hash, 't:' .. model) or 0)
        local window = {model = model, hash = hash, bucket = bucket, limit = limit.m, used = used}
        table.insert(found, {
          name = 'model-minute:' .. model, limit = limit.m, used = used, cost = cost,
          fits = function(units) return wait_for_model(window, units) end,
          empty = function() return wait_for_all_of_model(window) end,
          spent = function(units) window.used = window.used + units end,
        })
      end
      if limit.d then
        local used = is_today and tonumber(redis.call('HGET', day, 'd:' .. model) or 0) or 0
        local window = {used = used}
        table.insert(found, {
          name = 'model-day:' .. model, limit = limit.d, used = used, cost = cost,
          fits = function(units) return window.used + units > limit.d and ends or 0 end,
          empty = function() return window.used > 0 and ends or 0 end,
          spent = function(units) window.used = window.used + units end,
        })
      end
    end
    return found
  end

  local function spend_on_models(limits, costs, hash, order, day, bucket, today, call)
    if tonumber(redis.call('HGET', day, 'n') or -1) < today then
      for _, field in ipairs(redis.call('HKEYS', day)) do
        if string.sub(field, 1, 2) == 'd:' then redis.call('HDEL', day, field) end
      end
      redis.call('HSET', day, 'n', text(today))
    end
    local record = {}
    for model, cost in pairs(costs) do
      if limits[model] and cost > 0 then
        local field = text(bucket) .. ':' .. model
        -- A bucket stays in the hash until it is dropped from the list, also if all of its units were given back.
        if redis.call('HEXISTS', hash, field) == 0 then redis.call('RPUSH', order, field) end
        redis.call('HINCRBY', hash, field, text(cost))
        redis.call('HINCRBY', hash, 't:' .. model, text(cost))
        redis.call('HSET', hash, 'b:' .. model, text(bucket))
        redis.call('HINCRBY', day, 'd:' .. model, text(cost))
        record[model] = cost
      end
    end
    if not next(record) then return end
    redis.call('HSET', day, 'c:' .. call, text(bucket) .. '|' .. text(today) .. '|' .. cjson.encode(record))
    redis.call('PEXPIRE', hash, text(MODEL_WIDTH * MODEL_BUCKETS + 10000))
    redis.call('PEXPIRE', order, text(MODEL_WIDTH * MODEL_BUCKETS + 10000))
    redis.call('PEXPIRE', day, text(2 * 86400000))
  end

  return look_at_models, spend_on_models
end
