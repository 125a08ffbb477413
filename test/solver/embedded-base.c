// A structure that begins with another one: who gets the inner one may use the outer.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

struct stream {
  int (*close)(struct stream *);
};
struct file_stream {
  struct stream base;
  struct stream peer;
  int fd;
  int is_open;
};

static int file_close(struct stream *s) {
  struct file_stream *f = (struct file_stream *)s;
  f->is_open = 0;
  return close(f->fd);
}

int stream_text(const char *text, struct stream *target); // in another file

int base_given_away(const char *name, const char *text) {
  struct file_stream f = {0};
  int fd = open(name, O_WRONLY);
  if (fd < 0)
    return -1;
  f.base.close = file_close;
  f.fd = fd;
  f.is_open = 1;
  int error = stream_text(text, &f.base);
  if (f.is_open)
    return -1;
  return error;
}

int other_member_given_away(const char *name, const char *text) {
  struct file_stream f = {0};
  int fd = open(name, O_WRONLY);
  if (fd < 0)
    return -1;
  f.fd = fd;
  int error = stream_text(text, &f.peer);
  if (error < 0)
    return -1; // expect: missing-close
  close(f.fd);
  return 0;
}
