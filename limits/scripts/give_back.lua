-- Gives one attempt back to its window, unless its bucket is already over. window.lua is put in front.
--
-- KEYS  1 window   ARGV  1 bucket
-- Answers {OK, now}.

give_back(KEYS[1], text(integer(ARGV[1])), 1)
return {'OK', now}
