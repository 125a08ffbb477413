// Attributes of methods, of overloads and in namespaces, also through the plugin.
// RUN: %check_handrail %s -- -std=c++17
// RUN: %check_tidy %s -- -std=c++17

namespace net {
struct conn;
[[clang::acquire_handle("conn")]] int dial(const char *host);
int dial(int family);
void hang_up(int c [[clang::release_handle("conn")]]);
void send(int c [[clang::use_handle("conn")]]);
} // namespace net

int lost(const char *host, bool quiet) {
  int c = net::dial(host);
  if (c <= 0)
    return -1;
  if (quiet)
    return 0; // expect: missing-close: 'c'
  net::hang_up(c);
  return 1;
}

// The other overload says nothing.
int ok_overload(int family, bool quiet) {
  int c = net::dial(family);
  if (quiet)
    return 0;
  net::hang_up(c);
  return 1;
}

class radio {
public:
  int tune(int channel, int *out [[clang::acquire_handle("station")]]);
  bool scan(int &out [[clang::acquire_handle("station")]]);
  void leave(int station [[clang::release_handle("station")]]);
};

int lost_in_method(radio &r) {
  int s;
  if (r.tune(5, &s) != 0)
    return -1;
  return s > 3; // expect: missing-close: 's'
}

int ok_in_method(radio &r) {
  int s = 0;
  if (!r.scan(s))
    return -1;
  r.leave(s);
  return 0;
}

int lost_through_reference(radio &r) {
  int s = 0;
  if (!r.scan(s))
    return -1;
  return s > 3; // expect: missing-close: 's'
}
