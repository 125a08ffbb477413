// An owner with a deleter keeps the pointer, and keeps the deleter for it.
// RUN: %check_handrail %s -- -std=c++17
// RUN: %check_tidy %s -- -std=c++17
namespace std {
template <class T> class shared_ptr {
public:
  shared_ptr();
  template <class D> shared_ptr(T *p, D deleter);
  shared_ptr(shared_ptr &&);
  ~shared_ptr();
  template <class D> void reset(T *p, D deleter);
};
template <class T, class D> class unique_ptr {
public:
  unique_ptr(T *p, D deleter);
  unique_ptr(unique_ptr &&);
  ~unique_ptr();
};
} // namespace std

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
