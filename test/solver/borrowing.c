// RUN: %check_handrail %s
//
// What a function without a body does with a descriptor, as its callers show it.

#include <fcntl.h>
#include <unistd.h>

int inspect(int fd);
int take(int fd);
int lend_or_take(int fd);
void hand_over(int fd);

// Every caller but one closes what it has inspected.
int inspects(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int n = inspect(fd);
  close(fd);
  return n;
}

int inspects_and_forgets(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (inspect(fd) < 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}

// Closing what was not taken because the call failed proves nothing.
int gives(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (take(fd) < 0) {
    close(fd);
    return -1;
  }
  return 0;
}

int gives_again(const char *path) {
  int fd = open(path, O_RDONLY), status;
  if (fd < 0)
    return -1;
  status = take(fd);
  if (status == -1) {
    close(fd);
    return -1;
  }
  return status;
}

// Nobody closes what was handed over.
void hands_over(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    hand_over(fd);
}

// Callers disagree: no verdict.
int lends(const char *path) {
  int fd = open(path, O_RDONLY);
  int n = fd < 0 ? -1 : lend_or_take(fd);
  if (fd >= 0)
    close(fd);
  return n;
}

int lets_take(const char *path) {
  int fd = open(path, O_RDONLY);
  return fd < 0 ? -1 : lend_or_take(fd);
}

// The release may be a helper's, and the descriptor may lie in a structure.
struct job {
  int fd;
};

static void shut(int *fd) {
  close(*fd);
  *fd = -1;
}

int examine(struct job *j, int fd);

int runs(const char *path) {
  struct job j = {open(path, O_RDONLY)};
  if (j.fd < 0)
    return -1;
  int n = examine(0, j.fd);
  close(j.fd);
  return n;
}

int runs_with_help(struct job *j) {
  int n = examine(j, j->fd);
  shut(&j->fd);
  return n;
}

int runs_and_forgets(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  return examine(0, fd); // expect: missing-close
}

// Closed where it was not taken; the result is kept in a member.
struct wrapped *wrap(int fd, const char *mode); // in another file
struct holder {
  struct wrapped *wrapped;
};

int closed_unless_taken(struct holder *h, const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  h->wrapped = wrap(fd, "r");
  if (!h->wrapped) {
    close(fd);
    return -1;
  }
  return 0;
}

// Closed either way: it was only looked at.
struct report *look_into(int fd); // in another file
struct inspection {
  struct report *report;
};

int closed_either_way(struct inspection *i, const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  i->report = look_into(fd);
  if (!i->report) {
    close(fd);
    return -1;
  }
  close(fd);
  return 0;
}

int closed_afterwards(struct inspection *i, int fd) {
  i->report = look_into(fd);
  return close(fd);
}

int forgotten_after_inspection(struct inspection *i, const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  i->report = look_into(fd);
  return 0; // expect: missing-close: 'fd'
}
