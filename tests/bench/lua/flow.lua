-- The code flow with PKCE from authorize to userinfo: in a new browser session each time, through
-- the login form, or in one that is logged in already.

local client, subject, cookies, step, sent, pair, interaction
local logged_in, kept, posted
local number_of_flow = 0

function start(all, number)
  client = as_client(all.client)
  math.randomseed(number)
  logged_in = all.cookies[number]
  number_of_flow = number * 1000003
  if all.keep then
    kept = assert(io.open(folder .. "/refresh-" .. number .. ".txt", "a"))
  end
  begin()
end

function begin()
  if not (logged_in and cookies) then
    cookies = {}
  end
  if logged_in then
    cookies[logged_in[1]] = logged_in[2]
  end
  step, posted = "authorize", false
  number_of_flow = number_of_flow + 1
  pair = data.pairs[number_of_flow % #data.pairs + 1]
end

local function cookie_header()
  local parts = {}
  for name, value in pairs(cookies) do
    parts[#parts + 1] = name .. "=" .. value
  end
  return #parts > 0 and table.concat(parts, "; ") or nil
end

local function browser_headers()
  return { Cookie = cookie_header() }
end

-- Of several cookies in one response wrk hands over the last: that of the session.
local function keep_cookie(headers)
  local line = header(headers, "set-cookie")
  if line then
    local name, value = string.match(line, "^([^=]+)=([^;]*)")
    cookies[name] = value ~= "" and value or nil
  end
end

local function own_path(location)
  if string.sub(location, 1, #data.issuer) == data.issuer then
    return string.sub(location, #data.issuer + 1)
  end
  return string.sub(location, 1, 1) == "/" and location or nil
end

local function plain(text)
  text = string.gsub(text, "&#(%d+);", function(code) return string.char(tonumber(code)) end)
  return (string.gsub(string.gsub(text, "&quot;", '"'), "&amp;", "&"))
end

local function attribute(tag, name)
  return plain(string.match(tag, "[%s]" .. name .. '="([^"]*)"') or "")
end

-- The login form, filled in as a browser does.
local function filled_form(body)
  for form in string.gmatch(body, "<form.-</form>") do
    if string.find(form, 'name="username"', 1, true) then
      local fields = {}
      for input in string.gmatch(form, "<input.->") do
        local name = attribute(input, "name")
        local value = data.credentials[name] or attribute(input, "value")
        table.insert(fields, quoted(name) .. "=" .. quoted(value))
      end
      return attribute(string.match(form, "<form.->"), "action"), table.concat(fields, "&")
    end
  end
end

local STEPS = {}

function STEPS.authorize()
  local query = data.authorize .. "&state=s" .. number_of_flow .. "&nonce=n" .. number_of_flow
  return get("/oauth/authorize?" .. query .. "&code_challenge=" .. pair[2], browser_headers())
end

function STEPS.follow()
  return get(sent, browser_headers())
end

function STEPS.submit()
  local headers = browser_headers()
  headers.Origin = data.issuer
  posted = true
  return post(sent[1], sent[2], headers)
end

function STEPS.token()
  local body = data.redeem .. "&code=" .. sent .. "&code_verifier=" .. pair[1]
  return post("/oauth/token", body, client)
end

function STEPS.userinfo()
  return get("/oauth/userinfo", { Authorization = "Bearer " .. sent })
end

function next_request()
  if step == "authorize" then
    start_chain()
  end
  return STEPS[step]()
end

local function after_page(status, headers, body)
  keep_cookie(headers)
  local location = header(headers, "location")
  if status == 303 or status == 302 then
    local code = string.match(location, "[?&]code=([^&]+)")
    if code and string.sub(location, 1, #data.callback) == data.callback then
      if not string.find(location, "state=s" .. number_of_flow, 1, true) then
        return "another state"
      end
      step, sent = "token", code
      return
    end
    step, sent = "follow", own_path(location)
    return not sent and "no code in " .. location or nil
  end
  if posted and status == 200 then
    return "no code after the login"
  end
  local action, fields = filled_form(body)
  if status ~= 200 or not action or logged_in then
    return "no code and no login form"
  end
  local base = type(sent) == "string" and sent or ""
  step, sent = "submit", { own_path(action) or base, fields }
end

local CHECKS = { authorize = after_page, follow = after_page, submit = after_page }

function CHECKS.token(status, _, body)
  sent = json_text(body, "access_token")
  if status ~= 200 or not sent or not json_text(body, "id_token") then
    return "no tokens"
  end
  if kept then
    kept:write(json_text(body, "refresh_token"), "\n")
    -- wrk ends a thread without closing its files.
    kept:flush()
  end
  step = "userinfo"
end

function CHECKS.userinfo(status, _, body)
  if status ~= 200 or json_text(body, "preferred_username") ~= data.credentials.username then
    return "another person"
  end
  chain_done()
  begin()
end

function check(status, headers, body)
  local before = step
  local sentence = CHECKS[step](status, headers, body)
  if sentence then
    begin()
    return before .. ": " .. sentence
  end
end
