// A program that uses the installed runtime; exits with 0 when all is well.
// With an argument it leaks a handle.
#include <handrail/runtime.h>

#include <cstdlib>
#include <string>

struct connection {
  std::string peer;
  void close() { peer.clear(); }
};

extern "C" int c_part();

int main(int argc, char **) {
  handrail::table table({.name = "connections"});
  auto h = *table.insert(connection{"a"});
  int released = 0;
  handrail::with_scope([&](handrail::scope &s) {
    s.install([] { return 1; }, [&](int &) { ++released; });
    handrail::guard g([&] { ++released; });
  });
  auto shared = handrail::make_arc<std::string>("text");
  handrail::weak<std::string> weak = shared;
  handrail::unique_fd null(::dup(2));
  auto m = handrail::manage(&released, [](int *n) { ++*n; });
  if (!m->close() || released != 3 || !weak.lock() || !null.close())
    return 1;
  if (!table.close(h) || table.close(h))
    return 2;
  const char *level = std::getenv("HANDRAIL_LEVEL");
  if (!(level && *level == '0') && c_part() != 0) // it asks for stories
    return 3;
  if (argc > 1)
    new handrail::unique_fd(::dup(2)); // leaked on purpose
  return 0;
}
