// A function with more outcomes than its summary has room for: of what one of them did
// to a handle nobody can say that it was not done.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

struct child {
  int in, out, err, pid;
  unsigned no_in : 1, no_out : 1, no_err : 1;
};
int step(int number);
extern int wanted[];

// Takes over `in`, `out` and `err` that are not negative; makes pipes for the others.
int start(struct child *c) {
  int in[2], out[2], err[2];
  int pipe_in = !c->no_in && c->in < 0;
  if (pipe_in) {
    if (pipe(in) < 0) {
      if (c->out > 0)
        close(c->out);
      return -1;
    }
    c->in = in[1];
  }
  int pipe_out = !c->no_out && c->out < 0;
  if (pipe_out) {
    if (pipe(out) < 0) {
      if (pipe_in) {
        close(in[0]);
        close(in[1]);
      } else if (c->in > 0)
        close(c->in);
      return -1;
    }
    c->out = out[0];
  }
  int pipe_err = !c->no_err && c->err < 0;
  if (pipe_err) {
    if (pipe(err) < 0) {
      if (pipe_in) {
        close(in[0]);
        close(in[1]);
      } else if (c->in > 0)
        close(c->in);
      if (pipe_out) {
        close(out[0]);
        close(out[1]);
      } else if (c->out > 0)
        close(c->out);
      return -1;
    }
    c->err = err[0];
  }
  if ((wanted[0] && step(0) < 0) || (wanted[1] && step(1) < 0) || (wanted[2] && step(2) < 0))
    c->pid = -1;
  else
    c->pid = step(9);
  if (c->pid < 0) {
    if (pipe_in) {
      close(in[0]);
      close(in[1]);
    } else if (c->in)
      close(c->in);
    if (pipe_out) {
      close(out[0]);
      close(out[1]);
    } else if (c->out)
      close(c->out);
    if (pipe_err) {
      close(err[0]);
      close(err[1]);
    } else if (c->err)
      close(c->err);
    return -1;
  }
  if (pipe_in)
    close(in[0]);
  else if (c->in)
    close(c->in);
  if (pipe_out)
    close(out[1]);
  else if (c->out)
    close(c->out);
  if (pipe_err)
    close(err[1]);
  else if (c->err)
    close(c->err);
  return 0;
}

int started(const char *path) {
  struct child c = {0};
  int fd = open(path, O_RDONLY);
  if (fd < 3)
    _exit(1);
  c.in = fd;
  c.out = -1;
  if (start(&c))
    return -1;
  close(c.out);
  return 0;
}

int not_started(const char *path) {
  struct child c = {0};
  int fd = open(path, O_RDONLY);
  if (fd < 3)
    _exit(1);
  c.in = fd;
  if (step(1) < 0)
    return -1; // expect: missing-close
  return start(&c);
}
