// Threads open, copy, pass and close handles of every kind, with signals and forks in
// between. In the end the ledger has as many open descriptors as the kernel, and nothing
// was called a misuse.
//
//   soak SECONDS: by hand, for minutes, and built with -fsanitize=thread or address
//
// RUN: %clang++ -g -O1 %s -o %t -pthread && %python %S/Inputs/soak.py %handrail %t 3
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <mutex>
#include <random>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::atomic<bool> stop{false};
std::atomic<long> steps{0};

[[noreturn]] void fail(const char *what) {
  std::perror(what);
  std::abort();
}

/// Handles that some thread opened and any thread may close.
class shared_handles {
public:
  void put(int fd) {
    std::lock_guard lock(mutex_);
    all_.push_back(fd);
  }
  int take(std::minstd_rand &random) {
    std::lock_guard lock(mutex_);
    if (all_.empty())
      return -1;
    std::swap(all_[random() % all_.size()], all_.back());
    const int fd = all_.back();
    all_.pop_back();
    return fd;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

private:
  std::mutex mutex_;
  std::vector<int> all_;
} handles;

int open_one(unsigned kind) {
  int pair[2];
  switch (kind % 10) {
  case 0:
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  case 1:
    return eventfd(0, 0);
  case 2:
    return timerfd_create(CLOCK_MONOTONIC, 0);
  case 3:
    return epoll_create1(0);
  case 4:
    return memfd_create("soak", 0);
  case 5:
    if (pipe(pair) != 0)
      return -1;
    handles.put(pair[0]);
    return pair[1];
  case 6:
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
      return -1;
    handles.put(pair[0]);
    return pair[1];
  case 7:
    return socket(AF_INET, SOCK_DGRAM, 0);
  case 8:
    return open("/", O_RDONLY | O_DIRECTORY);
  default:
    return dup(0);
  }
}

void close_one(int fd) {
  if (fd >= 0 && close(fd) != 0)
    fail("close");
}

/// Sends a descriptor to itself and closes the one that it sent.
int passed(int fd) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
    return fd;
  union {
    cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  std::memset(&control, 0, sizeof control);
  char byte = 0;
  iovec data = {&byte, 1};
  msghdr m = {};
  m.msg_iov = &data;
  m.msg_iovlen = 1;
  m.msg_control = &control;
  m.msg_controllen = sizeof control;
  control.head.cmsg_len = CMSG_LEN(sizeof(int));
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  std::memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
  int got = -1;
  if (sendmsg(pair[0], &m, 0) == 1) {
    if (recvmsg(pair[1], &m, 0) != 1)
      fail("recvmsg");
    std::memcpy(&got, CMSG_DATA(&control.head), sizeof got);
    close_one(fd);
  } else {
    got = fd; // too many are on their way
  }
  close_one(pair[0]);
  close_one(pair[1]);
  return got;
}

void streams() {
  FILE *f = std::fopen("/etc/passwd", "r");
  DIR *d = opendir("/etc");
  FILE *t = fdopen(dup(0), "r");
  FILE *again = f ? std::freopen("/etc/group", "r", f) : nullptr;
  if (again)
    std::fclose(again);
  if (d)
    closedir(d);
  if (t)
    std::fclose(t);
}

void children(std::minstd_rand &random) {
  const pid_t child = random() % 2 ? fork() : vfork();
  if (child == 0)
    _exit(0);
  if (child > 0)
    waitpid(child, nullptr, 0);
}

void map_some() {
  void *p = mmap(nullptr, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(p, 4096);
  munmap(static_cast<char *>(p) + 8192, 65536 - 8192);
  munmap(static_cast<char *>(p) + 4096, 4096);
}

/// Every child has a ledger of its own: fewer in a long run.
unsigned forks_in = 1;

void work(unsigned seed) {
  std::minstd_rand random(seed);
  while (!stop.load(std::memory_order_relaxed)) {
    steps.fetch_add(1, std::memory_order_relaxed);
    const auto choice = random() % 100;
    if (choice < 40) {
      if (handles.size() < 400)
        if (const int fd = open_one(static_cast<unsigned>(random())); fd >= 0)
          handles.put(fd);
    } else if (choice < 80) {
      close_one(handles.take(random));
    } else if (choice < 88) {
      if (const int fd = handles.take(random); fd >= 0)
        handles.put(passed(fd));
    } else if (choice < 92) {
      const int from = handles.take(random), to = handles.take(random);
      if (from >= 0 && to >= 0 && dup2(from, to) != to)
        fail("dup2");
      for (const int fd : {from, to})
        if (fd >= 0)
          handles.put(fd);
    } else if (choice < 97) {
      streams();
    } else if (choice < 99) {
      map_some();
    } else if (random() % forks_in == 0) {
      children(random);
    }
  }
}

void on_signal(int) {
  const int saved = errno;
  const int fd = open("/dev/null", O_RDONLY);
  if (fd >= 0)
    close(fd);
  errno = saved;
}

} // namespace

int main(int argc, char **argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 3;
  forks_in = seconds < 4 ? 1 : static_cast<unsigned>(seconds);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i)
    threads.emplace_back(work, i + 1);
  std::thread others([] { // threads come and go
    while (!stop.load(std::memory_order_relaxed))
      std::thread([] { on_signal(0); }).join();
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (std::size_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
    pthread_kill(threads[i % threads.size()].native_handle(), SIGALRM);
    usleep(1000);
  }
  stop = true;
  for (std::thread &t : threads)
    t.join();
  others.join();
  DIR *d = opendir("/proc/self/fd");
  int open_now = -1; // its own
  while (const dirent *entry = readdir(d))
    open_now += entry->d_name[0] != '.' && std::atoi(entry->d_name) > 2;
  closedir(d);
  std::printf("%d open after %ld steps\n", open_now, steps.load());
}
