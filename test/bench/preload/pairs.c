// Opens and closes a file PAIRS times below sixteen calls, while LIVE others are open.
// Prints nanoseconds for each pair, and the memory of the process.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void __attribute__((noinline)) deep(int more, long pairs) {
  if (more) {
    deep(more - 1, pairs);
  } else {
    double best = 1e9;
    for (int round = 0; round < 7; ++round) {
      double begin = seconds();
      for (long i = 0; i < pairs; ++i)
        close(open("/dev/null", O_RDONLY));
      double spent = seconds() - begin;
      if (spent < best)
        best = spent;
    }
    printf("%.1f\n", best / (double)pairs * 1e9);
  }
  __asm__ volatile("");
}

int main(int argc, char **argv) {
  long pairs = argc > 1 ? atol(argv[1]) : 100000, live = argc > 2 ? atol(argv[2]) : 0;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (long i = 0; i < live; ++i)
    if (open("/dev/null", O_RDONLY) < 0) {
      perror("open");
      return 1;
    }
  deep(16, pairs);
  return 0;
}
