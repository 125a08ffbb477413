// What is put into a container is the container's, also in a record that is copied.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

struct Conn {
  int fd;
  int peer;
};

void record_copied(std::vector<Conn> &all, const char *path) {
  Conn c{open(path, O_RDONLY), 1};
  if (c.fd < 0)
    return;
  all.push_back(c);
}

void record_not_copied(std::vector<Conn> &all, const char *path) {
  Conn c{open(path, O_RDONLY), 1};
  if (c.fd < 0)
    return;
  if (all.empty())
    return; // expect: missing-close
  all.push_back(c);
}

void temporary(std::vector<Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.push_back({fd, 2});
}

void assigned(std::map<int, Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all[1] = {fd, 2};
}

void pair(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.insert(std::make_pair(1, fd));
}

void pair_copied(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  std::pair<const int, int> entry(1, fd);
  all.insert(entry);
}

void pair_dropped(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  std::pair<const int, int> entry(1, fd);
  if (all.count(entry.first))
    return; // expect: missing-close
  all.insert(entry);
}

void nested(std::map<int, Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.insert({1, {fd, 1}});
}
