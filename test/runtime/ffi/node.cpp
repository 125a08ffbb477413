// An addon through which a JavaScript program holds handles of the same library as
// numbers, which are doubles there.
#include <cstdint>
#include <node_api.h>

extern "C" {
std::uint64_t doc_open(const char *text);
int doc_length(std::uint64_t h);
int doc_close(std::uint64_t h);
const char *doc_error();
}

namespace {

napi_value number(napi_env env, double d) {
  napi_value v = nullptr;
  napi_create_double(env, d, &v);
  return v;
}

napi_value argument(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value v = nullptr;
  napi_get_cb_info(env, info, &count, &v, nullptr, nullptr);
  return v;
}

napi_value open(napi_env env, napi_callback_info info) {
  char text[64] = {};
  napi_get_value_string_utf8(env, argument(env, info), text, sizeof text, nullptr);
  return number(env, static_cast<double>(doc_open(text)));
}

/// What is not a whole number from 0 to 2^53 is no handle: none is 0.
template <int (*Call)(std::uint64_t)> napi_value call(napi_env env, napi_callback_info info) {
  double d = 0;
  napi_get_value_double(env, argument(env, info), &d);
  const bool fits = d >= 0 && d <= 9007199254740992.0;
  const auto h = fits ? static_cast<std::uint64_t>(d) : 0;
  const int code = Call(fits && static_cast<double>(h) == d ? h : 0);
  if (code < 0)
    napi_throw_error(env, code == -2 ? "STALE" : "INVALID", doc_error());
  return number(env, code);
}

} // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"open", nullptr, open, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"length", nullptr, call<doc_length>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"close", nullptr, call<doc_close>, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 3, functions);
  return exports;
}
