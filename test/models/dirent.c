// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int leak(const char *path) {
  struct dirent *entry;
  DIR *dir = opendir(path);
  if (!dir)
    return -1;
  while ((entry = readdir(dir)))
    if (!strcmp(entry->d_name, "x"))
      return 1; // expect: missing-close: 'dir'
  closedir(dir);
  return 0;
}

int ok(const char *path) {
  int found = 0;
  DIR *dir = opendir(path);
  if (!dir)
    return -1;
  for (struct dirent *entry; !found && (entry = readdir(dir));)
    found = !strcmp(entry->d_name, "x");
  closedir(dir);
  return found;
}

void twice(const char *path) {
  DIR *dir = opendir(path);
  if (!dir)
    return;
  closedir(dir);
  closedir(dir); // expect: double-close: 'dir'
}

void unchecked(const char *path) {
  DIR *dir = opendir(path);
  rewinddir(dir); // expect: unchecked-handle: 'dir'
  closedir(dir);
}

int leak_when_fdopendir_fails(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return -1;
  DIR *dir = fdopendir(fd);
  if (!dir)
    return -1; // expect: missing-close: 'fd'
  return closedir(dir);
}

int ok_fdopendir(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return -1;
  DIR *dir = fdopendir(fd);
  if (!dir) {
    close(fd);
    return -1;
  }
  return closedir(dir);
}

int ok_dirfd_is_borrowed(const char *path) {
  DIR *dir = opendir(path);
  if (!dir)
    return -1;
  fchdir(dirfd(dir));
  return closedir(dir);
}
