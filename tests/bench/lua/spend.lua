-- Each token of a list once: revoked, or tried after that. Every connection has its own part.

local tokens, position, client

function start(all, number)
  tokens = {}
  for index = number, #all.tokens, all.connections do
    table.insert(tokens, all.tokens[index])
  end
  position = 1
  client = as_client(all.client)
end

function next_request()
  start_chain()
  return post(data.path, data.before .. tokens[math.min(position, #tokens)], client)
end

function check(status, _, body)
  chain_done()
  position = position + 1
  if position > #tokens then
    finish()
  end
  if status ~= data.status then
    return "not " .. data.status
  end
  if not string.find(body, data.text, 1, true) then
    return "without " .. data.text
  end
end
