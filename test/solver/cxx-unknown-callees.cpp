// What a method or template without a body may keep.
// RUN: %check_handrail %s -- -std=c++20
#include <cstdio>

struct List {
  void put(FILE *f, const char *name);
  void put_named(const char *name, FILE *f);
  void push(FILE *const &f);
  void show(const FILE *f) const;
};

void kept(List &list, const char *path) {
  if (FILE *f = fopen(path, "r"))
    list.put(f, path);
}

void kept_behind_name(List &list, const char *path) {
  if (FILE *f = fopen(path, "r"))
    list.put_named(path, f);
}

void kept_by_reference(List &list, const char *path) {
  if (FILE *f = fopen(path, "r"))
    list.push(f);
}

static void put_parameter(List &list, FILE *f) { list.push(f); }

void kept_by_callee(List &list, const char *path) {
  if (FILE *f = fopen(path, "r"))
    put_parameter(list, f);
}

void only_shown(List &list, const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  list.show(f);
} // expect: missing-close
