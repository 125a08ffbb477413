// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

int leak(const char *host) {
  struct addrinfo *list;
  if (getaddrinfo(host, "80", NULL, &list) != 0)
    return -1;
  int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
  if (fd < 0)
    return -1; // expect: missing-close: 'list'
  freeaddrinfo(list);
  return fd;
}

int ok(const char *host) {
  struct addrinfo *list, *a;
  int fd = -1;
  int rc = getaddrinfo(host, "80", NULL, &list);
  if (rc)
    return rc;
  for (a = list; a; a = a->ai_next) {
    fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (fd < 0)
      continue;
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
      break;
    close(fd);
    fd = -1;
  }
  freeaddrinfo(list);
  return fd;
}

void twice(const char *host) {
  struct addrinfo *list;
  if (getaddrinfo(host, NULL, NULL, &list))
    return;
  freeaddrinfo(list);
  freeaddrinfo(list); // expect: double-close: 'list'
}

int leak_interfaces(void) {
  struct ifaddrs *list;
  if (getifaddrs(&list) < 0)
    return -1;
  return list->ifa_flags; // expect: missing-close: 'list'
}

int ok_interfaces(void) {
  struct ifaddrs *list;
  int n = 0;
  if (getifaddrs(&list) == -1)
    return -1;
  for (struct ifaddrs *i = list; i; i = i->ifa_next)
    n++;
  freeifaddrs(list);
  return n;
}

unsigned leak_names(void) {
  struct if_nameindex *names = if_nameindex();
  if (!names)
    return 0;
  return names[0].if_index; // expect: missing-close: 'names'
}
