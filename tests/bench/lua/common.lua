-- What every workload shares: counters, times, and HTTP by hand. `folder` is set before.
--
-- wrk gives each connection a thread of its own with a Lua state of its own, so that the globals
-- below are those of one connection. A workload defines `next_request()`, which returns a request
-- in wrk's form, and `check(status, headers, body)`, which returns nil if the answer is right and
-- else a sentence. `chain_done()` counts a chain of requests; where a workload has no chains each
-- request is one.

local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long tv_sec; long tv_nsec; } aw_time;
  int clock_gettime(int clock, aw_time *time);
]])

local time = ffi.new("aw_time")
local MONOTONIC = 1

function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.tv_sec) * 1e6 + tonumber(time.tv_nsec) / 1e3
end

-- Read by done() from every thread, by wrk's thread:get().
requests, chains, errors = 0, 0, 0
first_error = ""
first_start, last_end = 0, 0
times = {} -- of chains, microseconds
local started = 0

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("id", #threads)
end

function init()
  data = dofile(folder .. "/data.lua")
  start(data, id)
end

function start_chain()
  started = now()
  if first_start == 0 then
    first_start = started
  end
end

function chain_done()
  last_end = now()
  chains = chains + 1
  times[chains] = last_end - started
end

-- For workloads that end before the time does.
function finish()
  local file = assert(io.open(folder .. "/finished-" .. id, "w"))
  file:close()
  wrk.thread:stop()
end

function fail(sentence)
  errors = errors + 1
  if first_error == "" then
    first_error = sentence
  end
end

function request()
  return next_request()
end

function response(status, headers, body)
  requests = requests + 1
  local sentence = check(status, headers, body)
  if sentence then
    fail(sentence .. ": " .. status .. " " .. string.sub(body, 1, 300))
  end
end

-- HTTP --------------------------------------------------------------------------------------------

function get(path, headers)
  return wrk.format("GET", path, with_host(headers))
end

function post(path, body, headers)
  local all = with_host(headers)
  all["Content-Type"] = "application/x-www-form-urlencoded"
  return wrk.format("POST", path, all, body)
end

function with_host(headers)
  local all = { Host = data.host }
  for name, value in pairs(headers or {}) do
    all[name] = value
  end
  return all
end

function as_client(client)
  return { Authorization = data.clients[client] }
end

function quoted(text)
  return (string.gsub(text, "[^%w%-%._~]", function(character)
    return string.format("%%%02X", string.byte(character))
  end))
end

function json_text(body, name)
  return string.match(body, '"' .. name .. '":%s*"([^"]*)"')
end

function header(headers, name)
  for key, value in pairs(headers) do
    if string.lower(key) == name then
      return value
    end
  end
end

-- The end -----------------------------------------------------------------------------------------

local function lua_list(numbers)
  return table.concat(numbers, ",")
end

local function json_string(value)
  return '"' .. string.gsub(value, '[%c"\\]', function(character)
    return string.format("\\u%04x", string.byte(character))
  end) .. '"'
end

function done(summary)
  local total = { requests = 0, chains = 0, errors = 0 }
  local all, message, first, last = {}, "", math.huge, 0
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + thread:get(name)
    end
    if message == "" then
      message = thread:get("first_error")
    end
    if thread:get("chains") > 0 then
      first = math.min(first, thread:get("first_start"))
      last = math.max(last, thread:get("last_end"))
    end
    for _, value in ipairs(thread:get("times")) do
      all[#all + 1] = string.format("%.0f", value)
    end
  end
  for name, count in pairs(summary.errors) do
    if name ~= "status" and count > 0 then
      total.errors = total.errors + count
      message = message .. " socket errors: " .. name
    end
  end
  local file = assert(io.open(folder .. "/result.json", "w"))
  file:write(string.format(
    '{"requests": %d, "chains": %d, "errors": %d, "first_error": %s, "seconds": %.6f, "times": [%s]}\n',
    total.requests, total.chains, total.errors, json_string(message),
    total.chains > 0 and (last - first) / 1e6 or 0, lua_list(all)
  ))
  file:close()
end
