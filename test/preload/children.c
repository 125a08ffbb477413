// Children: by vfork, fork and the library's functions. The parent's table is the
// parent's, and each is told of what it opened itself.
//
// RUN: %clang -g %s -o %t -pthread && %check_run %s --children=own -- %t
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t _Fork(void);
extern char **environ;

static const char *path = "/etc/passwd";

static void wait_for(pid_t child, int wanted) {
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
      WEXITSTATUS(status) != wanted)
    abort();
}

static int kept;
static FILE *stream;

static void vforked(void) {
  pid_t child = vfork();
  if (child == 0) {
    close(kept); // the child's number
    open(path, O_RDONLY);
    open(path, O_RDONLY);
    execl("/bin/sh", "sh", "-c", "exit 3", NULL);
    _exit(127);
  }
  wait_for(child, 3);
  child = vfork();
  if (child == 0)
    _exit(4);
  wait_for(child, 4);
  child = vfork();
  if (child == 0) {
    execl("/nowhere", "x", NULL);
    _exit(5);
  }
  wait_for(child, 5);
  // The number is still the parent's.
  if (fcntl(kept, F_GETFD) != 0)
    abort();
}

static void forked(void) {
  pid_t child = fork();
  if (child == 0) {
    close(kept);
    fclose(stream);                // both were the parent's
    open(path, O_RDONLY);          // leak: file
    close(open(path, O_RDONLY));
    exit(3);
  }
  wait_for(child, 3);
  child = fork();
  if (child == 0) {
    // Numbers of others' streams are closed by a child that execs.
    close(fileno(stream));
    for (int fd = 3; fd < 64; ++fd)
      close(fd);
    execl("/bin/true", "true", NULL);
    _exit(1);
  }
  wait_for(child, 0);
  child = _Fork();
  if (child == 0) {
    open(path, O_RDONLY); // leak: file
    _exit(3);
  }
  wait_for(child, 3);
  child = fork();
  if (child == 0) { // a grandchild
    child = fork();
    if (child == 0) {
      fopen(path, "r"); // leak: stdio
      exit(3);
    }
    wait_for(child, 3);
    _exit(3);
  }
  wait_for(child, 3);
}

static int cloned(void *p) {
  close(kept);
  open(path, O_RDONLY); // leak: file
  return *(int *)p;
}
static int shares_memory(void *p) {
  close(kept);
  open(path, O_RDONLY);
  _exit(*(int *)p);
}
static void clones(void) {
  int status = 3;
  char *stack = malloc(1 << 20);
  wait_for(clone(cloned, stack + (1 << 20), SIGCHLD, &status), 3);
  wait_for(clone(shares_memory, stack + (1 << 20), SIGCHLD | CLONE_VM | CLONE_VFORK, &status), 3);
  free(stack);
}

static void by_library(void) {
  pid_t child;
  char *arguments[] = {"sh", "-c", "exit 3", NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclose(&actions, kept);
  if (posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ) != 0)
    abort();
  posix_spawn_file_actions_destroy(&actions);
  wait_for(child, 3);
  if (WEXITSTATUS(system("exit 4")) != 4 || WEXITSTATUS(pclose(popen("exit 5", "r"))) != 5)
    abort();
}

// Forks beside threads that open and close.

static volatile int stop;
static void *busy(void *p) {
  while (!stop) {
    int fd = open(path, O_RDONLY);
    FILE *f = fopen(path, "r");
    fclose(f);
    close(fd);
  }
  return p;
}
static void beside_threads(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i)
    pthread_create(&threads[i], NULL, busy, NULL);
  for (int i = 0; i < 20; ++i) {
    pid_t child = fork();
    if (child == 0) {
      int fd = open(path, O_RDONLY);
      dup(fd); // leak: file x20
      close(fd);
      _exit(3);
    }
    wait_for(child, 3);
  }
  stop = 1;
  for (int i = 0; i < 3; ++i)
    pthread_join(threads[i], NULL);
}

int main(void) {
  kept = open(path, O_RDONLY);
  stream = fopen(path, "r");
  vforked();
  forked();
  clones();
  by_library();
  beside_threads();
  if (fcntl(kept, F_GETFD) != 0)
    abort();
  fclose(stream);
  close(kept);
  return 0;
}
