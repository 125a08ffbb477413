// A Lua script holds integer handles of the same library.
#include <cstdint>
#include <cstdio>
#include <lua.hpp>

extern "C" {
std::uint64_t doc_open(const char *text);
int doc_length(std::uint64_t h);
int doc_close(std::uint64_t h);
const char *doc_error();
}

namespace {

int l_open(lua_State *l) {
  lua_pushinteger(l, static_cast<lua_Integer>(doc_open(luaL_checkstring(l, 1))));
  return 1;
}

/// The value, or nil and the error's text.
int give(lua_State *l, int code) {
  if (code >= 0) {
    lua_pushinteger(l, code);
    return 1;
  }
  lua_pushnil(l);
  lua_pushstring(l, doc_error());
  return 2;
}
std::uint64_t handle_at(lua_State *l) {
  return static_cast<std::uint64_t>(luaL_checkinteger(l, 1));
}
int l_length(lua_State *l) { return give(l, doc_length(handle_at(l))); }
int l_close(lua_State *l) { return give(l, doc_close(handle_at(l))); }

constexpr char script[] = R"(
  local a, b = doc_open("hello"), doc_open("other")
  assert(a ~= 0 and b ~= 0 and a ~= b)
  assert(doc_length(a) == 5)
  assert(doc_close(a) == 0)
  local ok, why = doc_close(a)
  assert(ok == nil and why:find("stale handle") and why:find("closed at"), why)
  ok, why = doc_length(a)
  assert(ok == nil and why:find("stale handle"), why)
  for _, noise in ipairs({0, -1, 12345, 1 << 53, math.mininteger, math.maxinteger, b + (1 << 22)}) do
    ok, why = doc_length(noise)
    assert(ok == nil and why:find("invalid handle"), why)
  end
  assert(doc_length(b) == 5 and doc_close(b) == 0)
)";

} // namespace

int main() {
  lua_State *l = luaL_newstate();
  luaL_openlibs(l);
  lua_register(l, "doc_open", l_open);
  lua_register(l, "doc_length", l_length);
  lua_register(l, "doc_close", l_close);
  const bool failed = luaL_dostring(l, script);
  if (failed)
    std::fprintf(stderr, "%s\n", lua_tostring(l, -1));
  lua_close(l);
  return failed;
}
