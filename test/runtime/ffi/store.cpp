// A C++ library as other languages see it: integers instead of pointers.
#include <handrail/handle_table.h>

#include <cstring>
#include <string>

namespace {

struct document {
  std::string text;
};

handrail::table documents({.name = "documents", .layout = handrail::id_layout::js53});
thread_local std::string last_error;

int failed(const handrail::error &e) {
  last_error = e.message();
  return -static_cast<int>(e.code);
}

} // namespace

extern "C" {

/// A handle, or 0.
HANDRAIL_API std::uint64_t doc_open(const char *text) {
  auto h = documents.insert(document{text});
  return h ? h->value() : (failed(h.error()), 0);
}

/// The length, or a negative error.
HANDRAIL_API int doc_length(std::uint64_t h) {
  auto d = documents.get<document>(handrail::handle{h});
  return d ? static_cast<int>((*d)->text.size()) : failed(d.error());
}

HANDRAIL_API int doc_close(std::uint64_t h) {
  auto closed = documents.close(handrail::handle{h});
  return closed ? 0 : failed(closed.error());
}

HANDRAIL_API const char *doc_error() { return last_error.c_str(); }
}
