// The daemon: reads the source line by line, spools and sends.
#include "logship.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

static void write_pid_file(const char *path) {
  FILE *file = fopen(path, "w");
  fprintf(file, "%d\n", (int)getpid());
  fclose(file);
}

static int detach(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0)
    return -1;
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  if (null > STDERR_FILENO)
    close(null);
  return setsid() < 0 ? -1 : 0;
}

static int ship(FILE *source, struct spool *spool, int collector) {
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  int status = 0;
  while (!stop && (length = getline(&line, &capacity, source)) > 0) {
    status = spool_append(spool, line, (size_t)length);
    if (status == 0 && collector >= 0)
      status = net_send(collector, line, (size_t)length);
    if (status < 0)
      break;
  }
  free(line);
  return status;
}

static FILE *open_input(const struct config *config, pid_t *child) {
  if (!config->filter[0])
    return source_open(config->source, ".position");
  int output;
  *child = filter_start(config->filter, &output);
  if (*child < 0)
    return NULL;
  FILE *input = fdopen(output, "r");
  if (!input)
    close(output);
  return input;
}

int main(int argc, char **argv) {
  struct config config;
  memset(&config, 0, sizeof config);
  if (config_read(&config, argc > 1 ? argv[1] : "logship.conf") < 0)
    return 2;
  char name[128];
  if (host_name(name, sizeof name) == 0)
    fprintf(stderr, "logship on %s\n", name);
  signal(SIGTERM, on_signal);

  int status = 1, collector = -1;
  pid_t child = -1;
  FILE *source = NULL;
  struct spool spool = {-1, -1, 0, 0};
  if (spool_open(&spool, config.spool) < 0)
    goto done;
  source = open_input(&config, &child);
  if (!source || detach() < 0)
    goto done;
  write_pid_file("logship.pid");
  collector = net_connect(config.host, config.port);
  status = ship(source, &spool, collector) < 0;
  if (child < 0 && source_save_position(source, ".position") < 0)
    status = 1;
done:
  if (collector >= 0)
    close(collector);
  if (source)
    fclose(source);
  if (child > 0)
    waitpid(child, NULL, 0);
  spool_close(&spool);
  return status;
}
