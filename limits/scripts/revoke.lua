-- Ends cache entries of credentials, after Postgres has committed that they have ended. window.lua is put in front.
--
-- Entries marked as dead answer UNAUTHENTICATED without Postgres; forgotten entries are loaded again. Both remove the
-- nonce, so a cache load that may have read before the commit writes nothing.
--
-- KEYS  the entries to mark as dead, then the entries to forget; all of one partition
-- ARGV  1 epoch  2 how many of the keys to mark
-- Answers {OK, now}.

local marked = tonumber(ARGV[2])
if not tonumber(ARGV[1]) or not marked or marked > #KEYS then error('bad arguments') end
for number, key in ipairs(KEYS) do
  redis.call('DEL', key)
  if number <= marked then
    redis.call('HSET', key, 'e', ARGV[1], 's', 'dead', 't', '0', 'm', '', 'r', '', 'n', '')
    redis.call('PEXPIRE', key, 86400000)
  end
end
return {'OK', now}
