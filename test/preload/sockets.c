// Sockets, connections that are accepted, and descriptors that come in a message.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};

static int listener(void) {
  socklen_t size = sizeof address;
  int s = socket(AF_INET, SOCK_STREAM, 0); // leak: socket
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, (struct sockaddr *)&address, size) != 0 || listen(s, 5) != 0)
    abort();
  getsockname(s, (struct sockaddr *)&address, &size);
  return s;
}

static void connections(void) {
  int s = listener();
  for (int i = 0; i < 4; ++i) {
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr *)&address, sizeof address) != 0)
      abort();
    close(client);
  }
  accept(s, NULL, NULL); // leak: socket
  close(accept(s, NULL, NULL));
  accept4(s, NULL, NULL, SOCK_CLOEXEC); // leak: socket
  close(accept4(s, NULL, NULL, SOCK_CLOEXEC));
}

union control {
  struct cmsghdr head;
  char bytes[CMSG_SPACE(2 * sizeof(int))];
};

static void pass(int to, int first, int second) {
  union control c;
  memset(&c, 0, sizeof c);
  char byte = 'x';
  struct iovec data = {&byte, 1};
  struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
  c.head.cmsg_len = CMSG_LEN(2 * sizeof(int));
  c.head.cmsg_level = SOL_SOCKET;
  c.head.cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(&c.head), (int[]){first, second}, 2 * sizeof(int));
  if (sendmsg(to, &m, 0) != 1)
    abort();
}

static void messages(void) {
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  union control c;
  char byte;
  struct iovec data = {&byte, 1};
  struct mmsghdr m = {.msg_hdr = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &c}};
  int got[2];

  pass(pair[0], 1, 2);
  m.msg_hdr.msg_controllen = sizeof c;
  if (recvmsg(pair[1], &m.msg_hdr, MSG_CMSG_CLOEXEC) != 1) // leak: other-fd
    abort();
  memcpy(got, CMSG_DATA(&c.head), sizeof got);
  close(got[1]);

  pass(pair[0], 1, 2);
  m.msg_hdr.msg_controllen = sizeof c;
  if (recvmmsg(pair[1], &m, 1, 0, NULL) != 1) // leak: other-fd
    abort();
  memcpy(got, CMSG_DATA(&c.head), sizeof got);
  close(got[0]);

  // A message with no room for descriptors: the kernel drops them.
  pass(pair[0], 1, 2);
  m.msg_hdr.msg_control = NULL;
  m.msg_hdr.msg_controllen = 0;
  if (recvmsg(pair[1], &m.msg_hdr, 0) != 1)
    abort();
  close(pair[0]), close(pair[1]);
}

int main(void) {
  connections();
  messages();
  return 0;
}
