-- For wrk: sends one body again and again, and counts the answers that are not the expected ones.
--
-- Arguments: file with the body, its content type, file with a credential in each line, a text that each answer holds.
-- Prints one line of JSON at the end: calls, wrong answers, errors of connections, microseconds.

local threads = {}

function setup(thread) table.insert(threads, thread) end

local function read(name)
  local file = assert(io.open(name, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

function init(arguments)
  wrong, expected = 0, arguments[4]
  local body, headers = read(arguments[1]), {['Content-Type'] = arguments[2], ['GraphQL-Require-Preflight'] = '1'}
  requests, turn = {}, 0
  for credential in string.gmatch(read(arguments[3]), '[^\n]+') do
    headers['Authorization'] = 'Bearer ' .. credential
    table.insert(requests, wrk.format('POST', nil, headers, body))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, _, body)
  if status ~= 200 or not string.find(body, expected, 1, true) then
    if wrong == 0 then io.stderr:write('An unexpected answer, ', status, ': ', string.sub(body, 1, 500), '\n') end
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get('wrong') end
  local errors = summary.errors
  io.write(string.format(
    '\n{"calls": %d, "wrong": %d, "broken": %d, "duration_us": %d, "p50_us": %.1f, "p99_us": %.1f}\n', summary.requests,
    wrong, errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(50),
    latency:percentile(99)
  ))
end
