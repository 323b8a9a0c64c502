-- Reads at one moment what Redis knows of the units of some users of a partition. Changes nothing. window.lua is put in
-- front.
--
-- KEYS  1 the mark of the comparison  2 open  3 generations that have a log  then the logs, and the days of the users
-- ARGV  1 the number of logs  2 the most entries  then for each log the id of its last entry in Postgres
-- Answers {state, now, ...}:
--   BEHIND                                       the logs hold more entries than that after these ids
--   OK, mark, open calls, generations, entries, days
-- An entry is {id, fields}. A day is {number, units, carried}, all false if the user has none, or '' if it cannot be read.

local count, most = integer(ARGV[1]), integer(ARGV[2])
local entries = {}
for number = 1, count do
  local found = redis.call('XRANGE', KEYS[3 + number], '(' .. ARGV[2 + number], '+', 'COUNT', text(most - #entries + 1))
  for _, entry in ipairs(found) do table.insert(entries, entry) end
  if #entries > most then return {'BEHIND', now} end
end

local days = {}
for number = 4 + count, #KEYS do
  local day = redis.pcall('HMGET', KEYS[number], 'n', 'u', 'c')
  table.insert(days, day.err and '' or day)
end

return {'OK', now, redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('SMEMBERS', KEYS[3]),
  entries, days}
