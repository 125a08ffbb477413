// What a program keeps in its own tables concerns those who work on them and their
// callers, and nobody else on the way.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

struct sink {
  int fd;
  const char *name;
};
static struct sink sink = {-1, "trace"};
static struct sink *sinks[] = {&sink};

static void sink_stop(struct sink *s) { close(s->fd); }

static void stop_all(void) { sink_stop(sinks[0]); }

static void stage(void) { stop_all(); }

int both_in_hand(void) {
  sink_stop(&sink);
  sink_stop(&sink); // expect: double-close
  return 0;
}

// A limit: it is as wrong as the above, but most of what looks so has a flag in the
// table that says whether there is anything to do.
int far_away(const char *path) {
  int fd = open(path, O_RDONLY);
  stage();
  stage();
  return close(fd);
}

// What lies far from an argument, likewise.
struct log {
  struct writer *writer;
};
struct writer {
  struct log *log;
  struct connection *connection;
};
struct connection {
  int fd;
};

static void log_reset(struct log *log, const char *path) {
  close(log->writer->connection->fd);
  log->writer->connection->fd = open(path, O_WRONLY);
}

void log_twice(struct log *log) {
  log_reset(log, "a");
  log_reset(log, "b");
}
