// Pipes to a child: each side closes the end that it does not use, and what is open at
// exec or _exit is nobody's leak.
// RUN: %check_handrail %s
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int capture(char *const argv[], char *out, size_t size) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  pid_t pid = fork();
  if (pid < 0) {
    close(p[0]);
    close(p[1]);
    return -1;
  }
  if (pid == 0) {
    dup2(p[1], STDOUT_FILENO);
    close(p[0]);
    close(p[1]);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(p[1]);
  ssize_t n = read(p[0], out, size);
  close(p[0]);
  waitpid(pid, NULL, 0);
  return (int)n;
}

// The parent forgets both ends when there is no child.
int capture_wrong(char *const argv[], char *out, size_t size) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  pid_t pid = fork();
  if (pid < 0)
    return -1; // expect: missing-close
  if (pid == 0) {
    dup2(p[1], STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(p[1]);
  ssize_t n = read(p[0], out, size);
  close(p[0]);
  waitpid(pid, NULL, 0);
  return (int)n;
}

// The writing end stays open, and the reader never sees the end of the file.
int capture_open_end(char *const argv[], char *out, size_t size) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  switch (fork()) {
  case -1:
    close(p[0]);
    close(p[1]);
    return -1;
  case 0:
    dup2(p[1], STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
  default:
    break;
  }
  ssize_t n = read(p[0], out, size);
  close(p[0]);
  return (int)n; // expect: missing-close
}

// The child side in a function that does not come back.
static void child(int in, char *const argv[]) {
  dup2(in, STDIN_FILENO);
  if (in > 2)
    close(in);
  execv(argv[0], argv);
  perror(argv[0]);
  _exit(1);
}

int feeder(char *const argv[]) {
  int p[2];
  if (pipe(p))
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    close(p[1]);
    child(p[0], argv);
  }
  close(p[0]);
  if (pid < 0) {
    close(p[1]);
    return -1;
  }
  return p[1];
}

// A middle child that exits, as daemons do.
int detached(void (*work)(int), int fd) {
  int p[2];
  if (pipe(p))
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    if (fork() == 0) {
      close(p[0]);
      work(fd);
      exit(0);
    }
    _exit(0);
  }
  close(p[1]);
  if (pid < 0) {
    close(p[0]);
    return -1;
  }
  return p[0];
}

int with_stream(const char *command) {
  char line[80];
  FILE *f = popen(command, "r");
  if (!f)
    return -1;
  int ok = fgets(line, sizeof line, f) != NULL;
  return pclose(f) == 0 && ok ? 0 : -1;
}

int with_stream_wrong(const char *command) {
  char line[80];
  FILE *f = popen(command, "r");
  if (!f)
    return -1;
  int ok = fgets(line, sizeof line, f) != NULL;
  fclose(f); // expect: mismatched-close
  return ok;
}
