// Owners of the standard library with a deleter: as a type, a function, a lambda.
// RUN: %check_handrail %s -- -std=c++17
#include <cstdio>
#include <memory>

struct Closer {
  void operator()(FILE *f) const { fclose(f); }
};

bool by_type(const char *path) {
  std::unique_ptr<FILE, Closer> f(fopen(path, "r"));
  return f && fgetc(f.get()) == '#';
}

bool by_function(const char *path) {
  std::unique_ptr<FILE, decltype(&fclose)> f(fopen(path, "r"), fclose);
  return f && fgetc(f.get()) == '#';
}

bool by_lambda(const char *path) {
  auto closer = [](FILE *f) { fclose(f); };
  std::unique_ptr<FILE, decltype(closer)> f(fopen(path, "r"), closer);
  return f && fgetc(f.get()) == '#';
}

struct NoCloser {
  void operator()(FILE *f) const { fflush(f); }
};

bool flushed_only(const char *path) {
  std::unique_ptr<FILE, NoCloser> f(fopen(path, "w"));
  return f && fputc('#', f.get()) == '#'; // expect: missing-close
}

bool wrong_function(const char *command) {
  std::unique_ptr<FILE, decltype(&fclose)> f(popen(command, "r"), fclose);
  return f && fgetc(f.get()) == '#'; // expect: mismatched-close
}

// What is taken out of an owner is owed again.
FILE *released(const char *path) {
  std::unique_ptr<FILE, Closer> f(fopen(path, "r"));
  if (f && fgetc(f.get()) != '#')
    return nullptr;
  return f.release();
}

int released_and_lost(const char *path) {
  std::unique_ptr<FILE, Closer> f(fopen(path, "r"));
  if (!f)
    return -1;
  FILE *raw = f.release();
  return fgetc(raw); // expect: missing-close
}

// The owner and somebody else close.
int closed_once(const char *path) {
  std::unique_ptr<FILE, Closer> f(fopen(path, "w"));
  if (!f)
    return -1;
  return fclose(f.release());
}

int closed_by_both(const char *path) {
  std::unique_ptr<FILE, Closer> f(fopen(path, "w"));
  if (!f)
    return -1;
  return fclose(f.get()); // expect: double-close
}
