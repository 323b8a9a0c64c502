-- Ends what Redis knows of credentials, after Postgres has committed that they are ended. After window.lua.
--
-- Dead entries answer UNAUTHENTICATED without Postgres; forgotten ones are read again. Either takes the nonce from a fill
-- that may have read before the commit.
--
-- KEYS  the entries to mark as dead, then those to forget; all of one partition
-- ARGV  1 epoch  2 how many of the keys to mark
-- Answers {OK, now}.

local marked = tonumber(ARGV[2])
if not tonumber(ARGV[1]) or not marked or marked > #KEYS then error('bad arguments') end
for number, key in ipairs(KEYS) do
  redis.call('DEL', key)
  if number <= marked then
    redis.call('HSET', key, 'e', ARGV[1], 's', 'dead', 't', '0', 'm', '', 'r', '')
    redis.call('PEXPIRE', key, 86400000)
  end
end
return {'OK', now}
