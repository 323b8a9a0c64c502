-- Gives one attempt back to its window, where it has not come back by itself. After window.lua.
--
-- KEYS  1 window   ARGV  1 bucket
-- Answers {OK, now}.

give_back(KEYS[1], text(integer(ARGV[1])), 1)
return {'OK', now}
