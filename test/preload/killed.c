// Killed at any moment: what the process knew can be read.
//
// RUN: %clang -g %s -o %t -pthread && %python %S/Inputs/killed.py %handrail %t 40
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *busy(void *p) {
  for (;;) {
    int fd = open("/etc/passwd", O_RDONLY);
    FILE *f = fopen("/etc/passwd", "r");
    int copy = dup(fd);
    close(fd);
    fclose(f);
    close(copy);
    close(copy);
    if (p && fork() == 0)
      _exit(0);
    while (p && waitpid(-1, NULL, WNOHANG) > 0)
      ;
  }
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, busy, NULL);
  usleep(1);
  busy(&t);
}
