// A container is filled by one method and drained by the destructor.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

class Pool {
public:
  bool add(const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
      return false;
    fds_.push_back(fd);
    return true;
  }
  bool add_some(const char *path, bool really) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
      return false;
    if (!really)
      return false; // expect: missing-close
    fds_.push_back(fd);
    return true;
  }
  ~Pool() {
    for (int fd : fds_)
      close(fd);
  }

private:
  std::vector<int> fds_;
};

class ByName {
public:
  int get(const std::string &name) {
    auto known = fds_.find(name);
    if (known != fds_.end())
      return known->second;
    int fd = open(name.c_str(), O_RDONLY);
    if (fd >= 0)
      fds_.emplace(name, fd);
    return fd;
  }
  ~ByName() {
    for (auto &[name, fd] : fds_)
      close(fd);
  }

private:
  std::map<std::string, int> fds_;
};

// FIXME: nobody closes what the container holds when it goes.
bool never_drained(const char *a, const char *b) {
  std::vector<int> fds;
  fds.push_back(open(a, O_RDONLY));
  fds.push_back(open(b, O_RDONLY));
  return fds[0] >= 0 && fds[1] >= 0;
}
