-- Replaces the mark of the comparison in a partition. window.lua is put in front.
--
-- The mark is lost with the other data of Redis. So a mark that is missing, or of another server, says that Redis may have
-- lost something.
--
-- KEYS  1 mark
-- ARGV  1 when the mark that is there was begun, ms, or '' for none  2 generation  3 when the new one was begun, or ''
--       for now  4 1 if differences from then on are drift  5,6 7,8 ... user and day, and their accepted difference
-- Answers {state, now}: OK, or CHANGED if another mark is there; then nothing happened

local begun = redis.call('HGET', KEYS[1], 's') or ''
if begun ~= ARGV[1] then return {'CHANGED', now} end
integer(ARGV[2])
integer(ARGV[4])
for number = 6, #ARGV, 2 do integer(ARGV[number]) end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'g', ARGV[2], 's', ARGV[3] ~= '' and ARGV[3] or text(now), 'b', ARGV[4])
for number = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[number], ARGV[number + 1]) end
return {'OK', now}
