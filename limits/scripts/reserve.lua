-- Takes one attempt from a window. window.lua is put in front.
--
-- KEYS  1,2 window   ARGV  1 not after, ms  2 limit  3 width of a bucket, ms  4 buckets
-- Answers {LATE, now}, {LIMITED, now, ms until one is free} or {OK, now, bucket}.

local not_after, limit, width, buckets = integer(ARGV[1]), integer(ARGV[2]), integer(ARGV[3]), integer(ARGV[4])
if now > not_after then return {'LATE', now} end
local window = look(KEYS[1], KEYS[2], width, buckets, limit)
if window.used >= limit then return {'LIMITED', now, wait_for(window, 1)} end
spend(window, 1)
return {'OK', now, window.bucket}
