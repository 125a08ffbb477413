// Handles that are objects, in local variables: lost when the variable's scope ends.
// RUN: %check_handrail %s
#include <glob.h>
#include <regex.h>
#include <string.h>

int released(const char *pattern, const char *text) {
  regex_t re;
  if (regcomp(&re, pattern, REG_EXTENDED))
    return -1;
  int status = regexec(&re, text, 0, 0, 0);
  regfree(&re);
  return status;
}

int forgotten(const char *pattern, const char *text) {
  regex_t re;
  if (regcomp(&re, pattern, REG_EXTENDED))
    return -1;
  if (regexec(&re, text, 0, 0, 0))
    return 1; // expect: missing-close: 're'
  regfree(&re);
  return 0;
}

int forgotten_in_a_loop(const char **patterns, const char *text) {
  int n = 0;
  for (; *patterns; patterns++) {
    regex_t re;
    if (regcomp(&re, *patterns, 0))
      continue;
    n += regexec(&re, text, 0, 0, 0) == 0;
  } // expect: missing-close: 're'
  return n;
}

static void compile(regex_t *re, const char *pattern, int *ok) { *ok = !regcomp(re, pattern, 0); }

int by_a_helper(const char *pattern, const char *text) {
  regex_t re;
  int ok;
  compile(&re, pattern, &ok);
  if (!ok)
    return -1;
  return regexec(&re, text, 0, 0, 0); // FIXME: lost; but a helper that takes a lock under
                                      // a condition looks the same
}

struct filter {
  regex_t re;
  int set;
};
static struct filter current;
void keep_filter(struct filter *f); // in another file

void copied(const char *pattern) {
  struct filter f;
  f.set = !regcomp(&f.re, pattern, 0);
  current = f;
}

void copied_by_bytes(const char *pattern, struct filter *to) {
  struct filter f;
  f.set = !regcomp(&f.re, pattern, 0);
  memcpy(to, &f, sizeof f);
}

struct filter returned(const char *pattern) {
  struct filter f;
  f.set = !regcomp(&f.re, pattern, 0);
  return f;
}

void given_away(const char *pattern) {
  struct filter f;
  f.set = !regcomp(&f.re, pattern, 0);
  keep_filter(&f);
}

unsigned long counted(const char *pattern) {
  glob_t g;
  if (glob(pattern, 0, 0, &g))
    return 0;
  unsigned long n = g.gl_pathc;
  if (n > 100)
    return 100; // expect: missing-close: 'g'
  globfree(&g);
  return n;
}

int main(int argc, char **argv) {
  regex_t re;
  if (regcomp(&re, argv[1], 0))
    return 1;
  return regexec(&re, argv[argc - 1], 0, 0, 0);
}
