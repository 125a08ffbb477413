// An owner with a deleter keeps the pointer, and keeps the deleter for it.
// RUN: %check_handrail %s -- -std=c++17 -isystem %inputs/std
// RUN: %check_tidy %s -- -std=c++17 -isystem %inputs/std
#include <memory>

struct FILE;
extern "C" FILE *fopen(const char *, const char *);
extern "C" int fclose(FILE *);

void shared(const char *path) {
  FILE *f = fopen(path, "r");
  std::shared_ptr<FILE> owner(f, &fclose);
}

void reset(const char *path) {
  std::shared_ptr<FILE> owner;
  FILE *f = fopen(path, "r");
  owner.reset(f, [f](FILE *) { fclose(f); }); // expect: finalizer-capture
}

void unique(const char *path) {
  FILE *f = fopen(path, "r");
  std::unique_ptr<FILE, int (*)(FILE *)> owner(f, &fclose);
}

void unique_with_lambda(const char *path) {
  FILE *f = fopen(path, "r");
  auto close = [&](FILE *) { fclose(f); }; // expect: finalizer-capture: captures 'f', the resource it finalizes
  std::unique_ptr<FILE, decltype(close)> owner(f, close);
}

void no_owner(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
} // expect: missing-close
