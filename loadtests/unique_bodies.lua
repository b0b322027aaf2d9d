-- wrk script: sends prepared gzip bodies, each made unique on the way, so that no request is answered as a duplicate.
--
-- A prepared file is a deflate stream that ends at a byte boundary without a final block, its CRC-32 and its length.
-- Every request appends a final stored block with a tail that no other request has, and the gzip trailer that fits.
-- Arguments: folder, number of files, path, content type, kind of tail (protobuf | blank), token.

local bit = require("bit")
local ffi = require("ffi")
local band, bxor, rshift, char = bit.band, bit.bxor, bit.rshift, string.char
local thread_count = 0

function setup(thread)
  thread:set("thread_number", thread_count)
  thread_count = thread_count + 1
end

local crc_table = ffi.new("uint32_t[256]")
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do
    c = band(c, 1) == 1 and bxor(rshift(c, 1), 0xEDB88320) or rshift(c, 1)
  end
  crc_table[n] = c
end

local function crc_of(crc, text)
  crc = bit.bnot(crc)
  for n = 1, #text do
    crc = bxor(tonumber(crc_table[band(bxor(crc, text:byte(n)), 0xFF)]), rshift(crc, 8))
  end
  return bit.bnot(crc)
end

local function little_endian(value)
  return char(band(value, 255), band(rshift(value, 8), 255), band(rshift(value, 16), 255), band(rshift(value, 24), 255))
end

local prepared, headers, path, kind, sent = {}, {}, "", "", 0
local blanks = { [0] = " ", "\t", "\n", "\r" }

function init(arguments)
  local folder, count = arguments[1], tonumber(arguments[2])
  path, kind = arguments[3], arguments[5]
  headers = { ["Content-Type"] = arguments[4], ["Content-Encoding"] = "gzip", ["Authorization"] = "Bearer " .. arguments[6] }
  for number = 0, count - 1 do
    local file = assert(io.open(string.format("%s/%d.body", folder, number), "rb"))
    local bytes = file:read("*a")
    file:close()
    local at = #bytes - 8
    local a, b, c, d, e, f, g, h = bytes:byte(at + 1, at + 8)
    prepared[number] = {
      stream = bytes:sub(1, at),
      crc = bit.bor(a, bit.lshift(b, 8), bit.lshift(c, 16), bit.lshift(d, 24)),
      length = e + f * 256 + g * 65536 + h * 16777216,
    }
  end
  prepared.count = count
  math.randomseed(os.time() + thread_number * 7919)
  run_number = math.random(0, 2 ^ 31 - 1)
end

local function tail()
  local low, high = sent, run_number
  if kind == "protobuf" then
    -- An unknown field 15 of 12 bytes, which every reader of protobuf skips.
    return "\122\12" .. little_endian(low) .. little_endian(high) .. little_endian(thread_number)
  end
  local signs = { blanks[band(thread_number, 3)], blanks[band(rshift(thread_number, 2), 3)] }
  for shift = 0, 30, 2 do
    signs[#signs + 1] = blanks[band(rshift(low, shift), 3)]
    signs[#signs + 1] = blanks[band(rshift(high, shift), 3)]
  end
  return table.concat(signs)
end

function request()
  local body = prepared[sent % prepared.count]
  sent = sent + 1
  local last = tail()
  local size = #last
  local stored = char(1, band(size, 255), rshift(size, 8), 255 - band(size, 255), 255 - rshift(size, 8))
  local trailer = little_endian(crc_of(body.crc, last)) .. little_endian(body.length + size)
  return wrk.format("POST", path, headers, body.stream .. stored .. last .. trailer)
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "status_errors": %d, "socket_errors": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
