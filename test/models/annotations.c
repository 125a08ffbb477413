// What handrail/annotations.h says reaches the checks.
// RUN: %check_handrail %s -- -std=c99 -I %runtime_include
// RUN: %check_handrail %s -- -x c++ -I %runtime_include
// RUN: %check_tidy %s -- -std=c99 -I %runtime_include
#include <handrail/annotations.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
int port_open(const char *name) HANDRAIL_ACQUIRE(posix.fd) HANDRAIL_MUST_CHECK;
int port_pair(int *in HANDRAIL_ACQUIRE(posix.fd), int *out HANDRAIL_ACQUIRE(posix.fd));
int port_wait(int *got HANDRAIL_ACQUIRE_WHEN(posix.fd, positive));
long port_send(int port HANDRAIL_USE(posix.fd), const void *data);
long port_recv(int port HANDRAIL_USE(posix.fd), void *data HANDRAIL_NO_ESCAPE);
void port_close(int port HANDRAIL_RELEASE(posix.fd));
void port_closep(int *port HANDRAIL_RELEASE(posix.fd));
void port_keep(int port);
int port_give(int port HANDRAIL_TRANSFER_WHEN(posix.fd, zero));
void port_share(int port HANDRAIL_RETAIN(posix.fd));

typedef struct line line;
line *line_open(int number) HANDRAIL_KIND(phone.line, null, "line") HANDRAIL_ACQUIRE(phone.line);
int line_dial(line *l HANDRAIL_USE(phone.line), const char *digits);
int line_fd(line *l HANDRAIL_USE(phone.line)) HANDRAIL_BORROW(posix.fd);
void line_each(line *l HANDRAIL_USE(phone.line), void (*each)(int) HANDRAIL_CALLS);
int line_close(line *l HANDRAIL_RELEASE_WHEN(phone.line, zero));
void line_drop(line *l HANDRAIL_RELEASE(phone.line));
void other_drop(line *l HANDRAIL_RELEASE(phone.lime));
#ifdef __cplusplus
}
#endif

int lost(const char *name) {
  int p = port_open(name);
  if (p < 0)
    return -1;
  if (port_send(p, name) < 0)
    return -1; // expect: missing-close: file descriptor 'p' opened by 'port_open' is never closed
  port_close(p);
  return 0;
}

int ok(const char *name) {
  int p = port_open(name);
  if (p < 0)
    return -1;
  port_send(p, name);
  port_close(p);
  return 0;
}

int lost_one_of_two(void) {
  int in, out;
  if (port_pair(&in, &out) != 0)
    return -1;
  port_close(in);
  return 0; // expect: missing-close: 'out'
}

int ok_pair(void) {
  int in, out;
  if (port_pair(&in, &out) != 0)
    return -1;
  port_close(in);
  port_closep(&out);
  return 0;
}

int lost_when_positive(void) {
  int got;
  int n = port_wait(&got);
  if (n <= 0)
    return n;
  return 1; // expect: missing-close: 'got'
}

int after(int port) {
  port_close(port);
  return (int)port_send(port, "x"); // expect: use-after-close: 'port'
}

int twice_through_a_pointer(int port) {
  port_closep(&port);
  port_close(port); // expect: double-close: 'port'
  return 0;
}

void ok_kept(const char *name) {
  int p = port_open(name);
  if (p >= 0)
    port_keep(p);
}

void ok_shared(const char *name) {
  int p = port_open(name);
  if (p >= 0)
    port_share(p);
}

int lost_when_not_taken(const char *name) {
  int p = port_open(name);
  if (p < 0)
    return -1;
  if (port_give(p) != 0)
    return -1; // expect: missing-close: 'p'
  return 0;
}

int ok_given(const char *name) {
  int p = port_open(name);
  if (p < 0)
    return -1;
  if (port_give(p) != 0) {
    port_close(p);
    return -1;
  }
  return 0;
}

static void nothing(int n) { (void)n; }

int lost_line(int number) {
  line *l = line_open(number);
  if (l == NULL)
    return -1;
  line_each(l, nothing);
  if (line_dial(l, "112") != 0)
    return -1; // expect: missing-close: line 'l' acquired by 'line_open' is never released
  line_drop(l);
  return 0;
}

void unchecked_line(int number) {
  line *l = line_open(number);
  line_dial(l, "112"); // expect: unchecked-handle: 'l'
  line_drop(l);
}

int ok_tries_again(int number) {
  line *l = line_open(number);
  if (l == NULL)
    return -1;
  if (line_close(l) != 0)
    line_drop(l);
  return 0;
}

int borrowed(int number) {
  int result = -1;
  line *l = line_open(number);
  if (l == NULL)
    return -1;
  result = (int)port_send(line_fd(l), "x");
  port_close(line_fd(l)); // expect: mismatched-close
  line_drop(l);
  return result;
}

// Nobody says what a phone.lime is, so nothing is said about what releases it.
int ok_unknown_kind(int number) {
  line *l = line_open(number);
  if (l == NULL)
    return -1;
  other_drop(l);
  return 0;
}
