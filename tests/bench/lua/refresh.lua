-- Each connection refreshes with the token that it was last given.

local token, client

function start(all, number)
  token = all.tokens[number]
  client = as_client(all.client)
end

function next_request()
  start_chain()
  return post("/oauth/token", "grant_type=refresh_token&refresh_token=" .. token, client)
end

function check(status, _, body)
  if status ~= 200 then
    finish()
    return "the chain is broken"
  end
  local newer = json_text(body, "refresh_token")
  if not newer or newer == token or not json_text(body, "id_token") then
    return "no new refresh token or no ID token"
  end
  token = newer
  chain_done()
end
