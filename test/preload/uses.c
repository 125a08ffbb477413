// Calls that find that a descriptor is none: told when it was one before.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
  char byte = 0;
  struct iovec v = {&byte, 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  struct sockaddr a = {.sa_family = AF_UNIX};
  socklen_t size = sizeof a;
  int number = 1;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (write(500, &byte, 1) != -1 || read(-1, &byte, 1) != -1) // never was one
    abort();
  close(fd);

  read(fd, &byte, 1);                                            // misuse: use-after-close
  write(fd, &byte, 1);                                           // misuse: use-after-close
  pread(fd, &byte, 1, 0);                                        // misuse: use-after-close
  pwrite(fd, &byte, 1, 0);                                       // misuse: use-after-close
  readv(fd, &v, 1);                                              // misuse: use-after-close
  writev(fd, &v, 1);                                             // misuse: use-after-close
  send(fd, &byte, 1, 0);                                         // misuse: use-after-close
  sendto(fd, &byte, 1, 0, NULL, 0);                              // misuse: use-after-close
  sendmsg(fd, &m, 0);                                            // misuse: use-after-close
  recv(fd, &byte, 1, 0);                                         // misuse: use-after-close
  recvfrom(fd, &byte, 1, 0, NULL, NULL);                         // misuse: use-after-close
  recvmsg(fd, &m, 0);                                            // misuse: use-after-close
  connect(fd, &a, size);                                         // misuse: use-after-close
  bind(fd, &a, size);                                            // misuse: use-after-close
  listen(fd, 1);                                                 // misuse: use-after-close
  accept(fd, NULL, NULL);                                        // misuse: use-after-close
  accept4(fd, NULL, NULL, 0);                                    // misuse: use-after-close
  shutdown(fd, SHUT_RD);                                         // misuse: use-after-close
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &number, sizeof number); // misuse: use-after-close
  ftruncate(fd, 0);                                              // misuse: use-after-close
  lseek(fd, 0, SEEK_SET);                                        // misuse: use-after-close
  fsync(fd);                                                     // misuse: use-after-close
  fdatasync(fd);                                                 // misuse: use-after-close
  ioctl(fd, FIONREAD, &number);                                  // misuse: use-after-close
  dup(fd);                                                       // misuse: use-after-close
  dup2(fd, 100);                                                 // misuse: use-after-close
  dup3(fd, 100, 0);                                              // misuse: use-after-close
  fdopen(fd, "r");                                               // misuse: use-after-close
  fdopendir(fd);                                                 // misuse: use-after-close
  openat(fd, "name", O_RDONLY);                                  // misuse: use-after-close
  mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);                  // misuse: use-after-close
  struct pollfd p = {fd, POLLIN, 0};
  poll(&p, 1, 0); // misuse: use-after-close
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  struct timeval none = {0, 0};
  select(fd + 1, &set, NULL, NULL, &none); // misuse: use-after-close
  struct epoll_event event = {.events = EPOLLIN};
  int poll_fd = epoll_create1(0);
  while (poll_fd == fd) // another number
    poll_fd = fcntl(fd, F_DUPFD, fd + 1), close(fd);
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event); // misuse: use-after-close

  // Asking whether it is one, and taking out what closing took out, are no uses.
  fcntl(fd, F_GETFD);
  fcntl(fd, F_GETFL);
  epoll_ctl(poll_fd, EPOLL_CTL_DEL, fd, &event);
  p.fd = -1;
  poll(&p, 1, 0);
  close(poll_fd);
  return 0;
}
