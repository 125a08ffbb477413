// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fts.h>
#include <glob.h>
#include <iconv.h>
#include <locale.h>
#include <mntent.h>
#include <nl_types.h>
#include <regex.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <wordexp.h>

int leak_glob(const char *want) {
  glob_t found;
  if (glob("*.c", 0, NULL, &found) != 0)
    return -1;
  if (!want)
    return -1; // expect: missing-close
  globfree(&found);
  return 0;
}

int leak_glob_on_every_path(void) {
  glob_t found;
  if (glob("*.c", 0, NULL, &found) != 0)
    return -1;
  return (int)found.gl_pathc; // expect: missing-close
}

int ok_glob(void) {
  glob_t found;
  int rc = glob("*.c", 0, NULL, &found);
  if (rc == 0)
    globfree(&found);
  return rc;
}

int leak_regex(const char *text) {
  regex_t re;
  if (regcomp(&re, "x+", 0))
    return -1;
  if (regexec(&re, text, 0, NULL, 0))
    return -1; // expect: missing-close
  regfree(&re);
  return 0;
}

int ok_words(void) {
  wordexp_t words;
  if (wordexp("~", &words, 0) != 0)
    return -1;
  wordfree(&words);
  return 0;
}

int leak_iconv(char **in, size_t *left, char **out, size_t *room) {
  iconv_t cd = iconv_open("UTF-8", "UTF-16");
  if (cd == (iconv_t)-1)
    return -1;
  if (iconv(cd, in, left, out, room) == (size_t)-1)
    return -1; // expect: missing-close: 'cd'
  return iconv_close(cd);
}

int leak_locale(void) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!c)
    return -1;
  return 0; // expect: missing-close: 'c'
}

int ok_locale(void) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!c)
    return -1;
  locale_t old = uselocale(c);
  uselocale(old);
  freelocale(c);
  return 0;
}

int leak_mounts(void) {
  FILE *table = setmntent("/proc/mounts", "r");
  if (!table)
    return -1;
  return getmntent(table) ? 1 : 0; // expect: missing-close: 'table'
}

int ok_mounts(void) {
  int n = 0;
  FILE *table = setmntent("/proc/mounts", "r");
  if (!table)
    return -1;
  while (getmntent(table))
    n++;
  endmntent(table);
  return n;
}

int leak_tree(char *const *paths) {
  FTS *tree = fts_open(paths, FTS_PHYSICAL, NULL);
  if (!tree)
    return -1;
  return fts_read(tree) != NULL; // expect: missing-close: 'tree'
}

int leak_timer(struct sigevent *event) {
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, event, &timer) < 0)
    return -1;
  return 0; // expect: missing-close: 'timer'
}

int leak_catalogue(void) {
  nl_catd catalogue = catopen("x", 0);
  if (catalogue == (nl_catd)-1)
    return -1;
  return catgets(catalogue, 1, 1, "")[0]; // expect: missing-close: 'catalogue'
}

int ok_spawn_actions(void) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions))
    return -1;
  return posix_spawn_file_actions_destroy(&actions);
}
