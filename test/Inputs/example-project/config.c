// "name = value" lines to struct config and back.
#include "logship.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *field(struct config *config, const char *name, size_t *size) {
  struct {
    const char *name;
    char *at;
    size_t size;
  } fields[] = {
      {"source", config->source, sizeof config->source},
      {"spool", config->spool, sizeof config->spool},
      {"host", config->host, sizeof config->host},
      {"port", config->port, sizeof config->port},
      {"filter", config->filter, sizeof config->filter},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (!strcmp(fields[i].name, name)) {
      *size = fields[i].size;
      return fields[i].at;
    }
  return NULL;
}

int config_read(struct config *config, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    return -1;
  }
  char line[512];
  for (int number = 1; fgets(line, sizeof line, file); number++) {
    char *value = strchr(line, '=');
    if (line[0] == '#' || line[0] == '\n')
      continue;
    if (!value) {
      fprintf(stderr, "%s:%d: expected name=value\n", path, number);
      return -1;
    }
    *value++ = '\0';
    value[strcspn(value, "\n")] = '\0';
    size_t size;
    char *at = field(config, line, &size);
    if (!at) {
      fprintf(stderr, "%s:%d: unknown name '%s'\n", path, number, line);
      fclose(file);
      return -1;
    }
    snprintf(at, size, "%s", value);
  }
  int status = ferror(file) ? -1 : 0;
  fclose(file);
  return status;
}

// Written beside the old file and renamed, so that a crash leaves one of the two.
int config_write(const struct config *config, const char *path) {
  char temporary[300];
  snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  int fd = mkstemp(temporary);
  if (fd < 0)
    return -1;
  FILE *file = fdopen(fd, "w");
  if (!file) {
    close(fd);
    goto remove;
  }
  fprintf(file, "source=%s\nspool=%s\nhost=%s\nport=%s\nfilter=%s\n", config->source, config->spool,
          config->host, config->port, config->filter);
  if (fclose(file) || rename(temporary, path))
    goto remove;
  return 0;
remove:
  unlink(temporary);
  return -1;
}
