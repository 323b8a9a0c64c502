-- Gives the slot back and adds the call to the usage of the user. All peers use it.
--
-- KEYS  1 slots  2 usage
-- ARGV  1 call  2 model

redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
