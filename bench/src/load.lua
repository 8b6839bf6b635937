-- What wrk sends. Arguments: the workload; a file with a cookie a line; how many of them are visited, while
-- those after them sign in, once each; and where among those to begin and to end.

local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set('seed', threads)
end

local workload, cookies, visited, login, last_login
-- Requests that were written before, by page and cookie: this program is to need little of the processor.
local written = { read = {}, change = {}, login = {} }
local create, anonymous

function init(arguments)
    math.randomseed(seed)
    workload = arguments[1]
    cookies = {}
    for cookie in io.lines(arguments[2]) do
        cookies[#cookies + 1] = cookie
    end
    visited = tonumber(arguments[3])
    login = visited + tonumber(arguments[4])
    last_login = math.min(visited + tonumber(arguments[5]), #cookies)
    create = wrk.format('GET', '/create')
    anonymous = wrk.format('GET', '/anonymous')
end

local function with_cookie(page, place)
    local request = written[page][place]
    if not request then
        request = wrk.format('GET', '/' .. page, { Cookie = cookies[place] })
        written[page][place] = request
    end
    return request
end

-- Some come often: the rank of who comes next is about exponential in a fair number, which is Zipf's law.
local function somebody(page)
    return with_cookie(page, math.floor(visited ^ math.random()))
end

function request()
    if workload == 'read' or workload == 'change' then
        return somebody(workload)
    elseif workload == 'create' then
        return create
    elseif workload == 'anonymous' then
        return anonymous
    end
    local chance = math.random(100)
    if chance <= 8 then
        return somebody('change')
    elseif chance == 9 then
        return create
    elseif chance == 10 and login < last_login then
        -- The cookie is worth nothing afterwards, so it is nobody's who comes again.
        login = login + 1
        return with_cookie('login', login)
    end
    return somebody('read')
end

function done(summary, latency)
    local errors = summary.errors
    local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('RESULT %d %d %d %d %d\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), failures))
end
