// The log file that is followed, and how far it was read.
#include "logship.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *open_regular(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  struct stat status;
  if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return NULL;
  }
  return fdopen(fd, "r");
}

FILE *source_open(const char *path, const char *position_file) {
  FILE *source = open_regular(path);
  if (!source)
    return NULL;
  FILE *saved = fopen(position_file, "r");
  if (saved) {
    long position = 0;
    if (fscanf(saved, "%ld", &position) == 1 && fseek(source, position, SEEK_SET) != 0)
      rewind(source);
    fclose(saved);
  }
  return source;
}

int source_save_position(FILE *source, const char *position_file) {
  long position = ftell(source);
  if (position < 0)
    return -1;
  FILE *file = fopen(position_file, "w");
  if (!file)
    return -1;
  fprintf(file, "%ld\n", position);
  fclose(file);
  return ferror(file) ? -1 : 0;
}
