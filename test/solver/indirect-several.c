// RUN: %check_handrail %s
// Several functions may be called; what they disagree on is nobody's mistake.
#include <stdio.h>
#include <stdlib.h>

struct entry;
struct kind {
  FILE *(*open)(const char *name);
  void (*done)(FILE *f);
  void (*look)(FILE *f);
};
static FILE *open_text(const char *name) { return fopen(name, "r"); }
static FILE *open_binary(const char *name) { return fopen(name, "rb"); }
static void done_text(FILE *f) { fclose(f); }
static void done_binary(FILE *f) {
  fclose(f);
  puts("binary");
}
static void look_text(FILE *f) { fgetc(f); }
static void look_binary(FILE *f) { rewind(f); }
static const struct kind kinds[] = {{open_text, done_text, look_text},
                                    {open_binary, done_binary, look_binary}};

int all_open(int which, const char *name) {
  FILE *f = kinds[which].open(name);
  if (!f)
    return -1;
  if (fgetc(f) == 'x')
    return 1; // expect: missing-close: 'f'
  kinds[which].done(f);
  return 0;
}

int all_close(int which, FILE *f) {
  kinds[which].done(f);
  return fclose(f); // expect: double-close
}

int none_closes(int which, const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  kinds[which].look(f);
  return 0; // expect: missing-close: 'f'
}

int right(int which, const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  kinds[which].look(f);
  kinds[which].done(f);
  return 0;
}

// One closes what it is given, the other does not: who knows which it is.
struct mode {
  void (*end)(FILE *f);
};
static void end_owned(FILE *f) { fclose(f); }
static void end_lent(FILE *f) { rewind(f); }
static const struct mode modes[] = {{end_owned}, {end_lent}};

int owned_or_lent(int which, const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  modes[which].end(f);
  return 0;
}

int lent_then_closed(int which, FILE *f) {
  modes[which].end(f);
  return fclose(f);
}

static void end(const struct mode *m, FILE *f) { m->end(f); }

int through_a_function(const struct mode *m, const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  end(m, f);
  return 0;
}

int through_a_function_then_closed(const struct mode *m, FILE *f) {
  end(m, f);
  return fclose(f);
}
// The table at a known place is one function.
int one_of_them(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  modes[1].end(f);
  return 0; // expect: missing-close: 'f'
}

int the_other(FILE *f) {
  modes[0].end(f);
  return fclose(f); // expect: double-close
}
