// Streams and directories: objects with a descriptor of their own.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t %t.tmp
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

FILE *fopen64(const char *, const char *);
FILE *tmpfile64(void);
FILE *freopen64(const char *, const char *, FILE *);

static const char *path = "/etc/passwd";
static FILE *checked(FILE *f) {
  if (!f)
    abort();
  return f;
}

static void files(void) {
  checked(fopen(path, "r")); // leak: stdio
  fclose(checked(fopen(path, "r")));
  checked(fopen64(path, "r")); // leak: stdio
  fclose(checked(fopen64(path, "r")));
  checked(tmpfile()); // leak: stdio
  fclose(checked(tmpfile()));
  checked(tmpfile64()); // leak: stdio
  fclose(checked(tmpfile64()));
  // The stream owns the descriptor: one of the two is told.
  checked(fdopen(open(path, O_RDONLY), "r")); // leak: stdio
  fclose(checked(fdopen(open(path, O_RDONLY), "r")));
  FILE *f = checked(fopen(path, "r"));
  checked(freopen("/etc/group", "r", f)); // leak: stdio
  f = checked(fopen(path, "r"));
  fclose(checked(freopen("/etc/group", "r", f)));
  f = checked(fopen(path, "r"));
  checked(freopen64("/etc/group", "r", f)); // leak: stdio
  f = checked(fopen(path, "r"));
  if (freopen("/nowhere", "r", f)) // closes it all the same
    abort();
  checked(setmntent("/proc/mounts", "r")); // leak: stdio
  endmntent(checked(setmntent("/proc/mounts", "r")));
}

static void in_memory(void) {
  static char buffer[64];
  static char *made;
  static wchar_t *wide;
  size_t size;
  checked(fmemopen(buffer, sizeof buffer, "r")); // leak: stdio
  fclose(checked(fmemopen(buffer, sizeof buffer, "r")));
  checked(open_memstream(&made, &size)); // leak: stdio
  fclose(checked(open_memstream(&made, &size)));
  checked(open_wmemstream(&wide, &size)); // leak: stdio
  fclose(checked(open_wmemstream(&wide, &size)));
  cookie_io_functions_t none = {0};
  checked(fopencookie(NULL, "r", none)); // leak: stdio
  fclose(checked(fopencookie(NULL, "r", none)));
}

static void commands(void) {
  checked(popen("exit 0", "r")); // leak: process
  pclose(checked(popen("exit 0", "r")));
  FILE *f = checked(popen("exit 0", "r"));
  fclose(f); // misuse: mismatched-close
  f = checked(fopen(path, "r"));
  pclose(f); // misuse: mismatched-close
}

static int all(const struct dirent *entry) { return entry != NULL; }

static void directories(void) {
  opendir("/"); // leak: dir
  closedir(opendir("/"));
  fdopendir(open("/", O_RDONLY | O_DIRECTORY)); // leak: dir
  closedir(fdopendir(open("/", O_RDONLY | O_DIRECTORY)));
  struct dirent **entries;
  int count = scandir("/", &entries, all, alphasort);
  while (count > 0)
    free(entries[--count]);
  free(entries);
  DIR *d = opendir("/");
  close(dirfd(d)); // misuse: wrong-owner
  closedir(d);
}

int main(void) {
  files();
  in_memory();
  commands();
  directories();
  // The standard streams are the program's from the beginning.
  freopen("/dev/null", "r", stdin);
  fclose(stdin);
  fcloseall();
  return 0;
}
