-- The same few requests by turns; each answer must have the status and the text that belong to it.

local cases, position

function start(all, number)
  cases = {}
  for _, case in ipairs(all.cases) do
    local headers = case.client and as_client(case.client) or case.cookie and { Cookie = case.cookie }
    local made = case.body and post(case.path, case.body, headers) or get(case.path, headers)
    table.insert(cases, { request = made, text = case.text })
  end
  position = number % #cases
end

function next_request()
  start_chain()
  return cases[position + 1].request
end

function check(status, _, body)
  local text = cases[position + 1].text
  position = (position + 1) % #cases
  chain_done()
  if status ~= 200 then
    return "not 200"
  end
  if not string.find(body, text, 1, true) then
    return "without " .. text
  end
end
