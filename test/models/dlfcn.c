// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

int leak(const char *path) {
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib)
    return -1;
  int (*run)(void) = (int (*)(void))dlsym(lib, "run");
  if (!run)
    return -1; // expect: missing-close: 'lib'
  int result = run();
  dlclose(lib);
  return result;
}

int ok(const char *path) {
  int result = -1;
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib)
    return -1;
  int (*run)(void) = (int (*)(void))dlsym(lib, "run");
  if (run)
    result = run();
  dlclose(lib);
  return result;
}

void *ok_default_scope(const char *name) { return dlsym(RTLD_DEFAULT, name); }

void twice(const char *path) {
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib)
    return;
  dlclose(lib);
  dlclose(lib); // expect: double-close: 'lib'
}

void *after(const char *path) {
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib)
    return NULL;
  dlclose(lib);
  return dlsym(lib, "run"); // expect: use-after-close: 'lib'
}
