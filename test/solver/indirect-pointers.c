// RUN: %check_handrail %s
// Plain pointers to functions: locals, parameters, variables.
#include <stdio.h>
#include <stdlib.h>

static void look(FILE *f) { rewind(f); }
static void shut(FILE *f) { fclose(f); }

int local_pointer(const char *name, int more) {
  void (*then)(FILE *) = more ? look : rewind;
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  then(f);
  return 0; // expect: missing-close: 'f'
}

int local_pointer_that_closes(const char *name) {
  void (*then)(FILE *) = shut;
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  then(f);
  return 0;
}

// All calls are in this file, and none of the functions closes.
static int with_file(const char *name, void (*then)(FILE *)) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  then(f);
  return 0; // expect: missing-close: 'f'
}
int with_look(const char *name) { return with_file(name, look); }
int with_rewind(const char *name) { return with_file(name, rewind); }

static int with_closed_file(const char *name, void (*then)(FILE *)) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  then(f);
  return 0;
}
int with_shut(const char *name) { return with_closed_file(name, shut); }

// Anybody may call this one, with anything.
int with_any_file(const char *name, void (*then)(FILE *)) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  then(f);
  return 0;
}
int with_any(const char *name) { return with_any_file(name, look); }

static void (*hook)(FILE *) = look;
void reset(void) { hook = rewind; }
int hooked(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  hook(f);
  return 0; // expect: missing-close: 'f'
}

// Others may set this one.
void (*open_hook)(FILE *) = look;
int hooked_by_anybody(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  open_hook(f);
  return 0;
}

// Whoever has its address may set this one.
static void (*shown_hook)(FILE *) = look;
void install(void (***where)(FILE *)) { *where = &shown_hook; }
int hooked_by_address(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  shown_hook(f);
  return 0;
}

// Memory that is shared with something else.
union slot {
  void (*then)(FILE *);
  void *any;
};
static union slot shared = {look};
void fill(void *p) { shared.any = p; }
int slotted(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  shared.then(f);
  return 0;
}
