// A method of a base calls what derived classes define: which of them it is, the base
// does not know.
// RUN: %check_handrail %s
#include <cstdio>
#include <unistd.h>

struct Input {
  virtual ~Input() = default;
  int shut();
  virtual int on_shut() = 0;
};
int Input::shut() { return on_shut(); }

struct Plain : Input {
  FILE *fp;
  explicit Plain(const char *name) : fp(fopen(name, "r")) {}
  ~Plain() override { shut(); }
  int on_shut() override {
    int result = 0;
    if (fp)
      result = fclose(fp);
    fp = nullptr;
    return result;
  }
};

struct Piped : Input {
  FILE *fp;
  explicit Piped(const char *name) : fp(popen(name, "r")) {}
  ~Piped() override { shut(); }
  int on_shut() override {
    int result = 0;
    if (fp)
      result = pclose(fp);
    fp = nullptr;
    return result;
  }
};

bool plain(const char *name) {
  Plain p(name);
  return p.fp != nullptr;
}

bool piped(const char *name) {
  Piped p(name);
  return p.fp != nullptr;
}

struct Wrong {
  FILE *fp;
  explicit Wrong(const char *name) : fp(popen(name, "r")) {}
  ~Wrong() {
    if (fp)
      fclose(fp);
  }
};

bool wrong(const char *name) {
  Wrong p(name);
  return p.fp != nullptr; // expect: mismatched-close
}
