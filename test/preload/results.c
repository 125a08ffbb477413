// Results, errno after success and after failure, and output are the same with and
// without us.
//
// RUN: %clang -g %s -o %t -pthread
// RUN: rm -rf %t.dir && mkdir %t.dir && cd %t.dir && %t %t.tmp > %t.without 2>&1
// RUN: rm -rf %t.dir && mkdir %t.dir && cd %t.dir && %handrail run -o %t.report -- %t %t.tmp > %t.with 2>&1
// RUN: diff %t.without %t.with
// RUN: rm -rf %t.dir && mkdir %t.dir && cd %t.dir && %handrail run --level=3 -o %t.report -- %t %t.tmp > %t.with 2>&1
// RUN: diff %t.without %t.with
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <iconv.h>
#include <locale.h>
#include <mntent.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <regex.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// errno is not touched by a success, so a strange value must be seen again.
#define SHOW(call)                                                                                 \
  (errno = 4711, printf("%d %s = %lld", __LINE__, #call, (long long)(call)), printf(", errno %d\n", errno))
#define SHOW_POINTER(call)                                                                         \
  do {                                                                                             \
    errno = 4711;                                                                                  \
    void *pointer = (void *)(call);                                                                \
    int error = errno;                                                                             \
    printf("%d %s = %s, errno %d\n", __LINE__, #call,                                              \
           !pointer ? "null" : pointer == (void *)-1 ? "-1" : "something", error);                 \
    last = pointer;                                                                                \
  } while (0)
static void *last;

static char name[4096];
static char *template(const char *folder) {
  snprintf(name, sizeof name, "%sXXXXXX", folder);
  return name;
}

static void descriptors(const char *folder) {
  int fds[2], none = 999;
  SHOW(open("/etc/passwd", O_RDONLY));
  SHOW(open("/nowhere", O_RDONLY));
  SHOW(open("/etc/passwd", O_CREAT | O_EXCL | O_RDWR, 0600));
  SHOW(open64("/", O_WRONLY));
  SHOW(openat(none, "x", O_RDONLY));
  SHOW(openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY));
  SHOW(creat("/nowhere/x", 0600));
  SHOW(mkstemp(template(folder)));
  unlink(name);
  SHOW(mkstemp(name));
  SHOW(dup(0));
  SHOW(dup(none));
  SHOW(dup2(0, 77));
  SHOW(dup2(none, 77));
  SHOW(dup2(77, 77));
  SHOW(dup2(0, -1));
  SHOW(dup3(77, 77, 0));
  SHOW(dup3(0, 78, O_CLOEXEC));
  SHOW(fcntl(78, F_GETFD));
  SHOW(fcntl(78, F_DUPFD, 90));
  SHOW(fcntl(78, F_DUPFD_CLOEXEC, -1));
  SHOW(fcntl(none, F_GETFL));
  SHOW(fcntl(78, F_SETFD, 0));
  SHOW(close(78));
  SHOW(close(78));
  SHOW(close(-1));
  SHOW(pipe(fds));
  printf("%d %d\n", fds[0], fds[1]);
  SHOW(pipe2(fds, 0xffff));
  SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(socket(-1, 0, 0));
  SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
  SHOW(send(fds[0], "x", 1, MSG_DONTWAIT));
  char byte;
  SHOW(recv(fds[1], &byte, 1, MSG_DONTWAIT));
  SHOW(recv(fds[1], &byte, 1, MSG_DONTWAIT));
  SHOW(accept(fds[0], NULL, NULL));
  SHOW(accept4(none, NULL, NULL, 0));
  SHOW(shutdown(fds[0], SHUT_RDWR));
  SHOW(read(fds[1], &byte, 1));
  SHOW(write(none, &byte, 1));
  SHOW(read(fds[0], NULL, 1));
  SHOW(lseek(fds[0], 0, SEEK_SET));
  SHOW(ftruncate(fds[0], 1));
  SHOW(fsync(fds[0]));
  SHOW(ioctl(fds[0], 0xffff, 0));
  struct msghdr m = {0};
  SHOW(sendmsg(none, &m, 0));
  SHOW(recvmsg(fds[0], &m, MSG_DONTWAIT));
  SHOW(epoll_create(0));
  SHOW(epoll_create1(0));
  SHOW(epoll_ctl(none, EPOLL_CTL_ADD, 0, NULL));
  SHOW(eventfd(0, 0x7777));
  SHOW(eventfd(7, 0));
  SHOW(timerfd_create(CLOCK_MONOTONIC, 0));
  SHOW(timerfd_create(77, 0));
  sigset_t set;
  sigemptyset(&set);
  SHOW(signalfd(-1, &set, 0));
  SHOW(signalfd(0, &set, 0));
  SHOW(inotify_init1(0x7777));
  SHOW(inotify_init1(0));
  SHOW(memfd_create("x", 0));
  SHOW(memfd_create("x", 0x7777));
  SHOW(pidfd_open(-1, 0));
  SHOW(shm_open("/no such thing", O_RDWR, 0));
  struct pollfd p = {none, POLLIN, 0};
  SHOW(poll(&p, 1, 0));
  printf("%d\n", p.revents);
  SHOW(close_range(200, 100, 0));
  SHOW(close_range(200, 300, 0));
}

static void objects(void) {
  SHOW_POINTER(fopen("/etc/passwd", "r"));
  FILE *f = last;
  SHOW(fileno(f));
  SHOW(fgetc(f));
  SHOW_POINTER(freopen("/etc/group", "r", f));
  SHOW(fclose(last));
  SHOW_POINTER(fopen("/nowhere", "r"));
  SHOW_POINTER(fopen("/etc/passwd", "nonsense"));
  SHOW_POINTER(fdopen(999, "r"));
  SHOW_POINTER(fdopen(0, "nonsense"));
  SHOW_POINTER(tmpfile());
  SHOW(fclose(last));
  SHOW_POINTER(setmntent("/nowhere", "r"));
  SHOW_POINTER(opendir("/nowhere"));
  SHOW_POINTER(opendir("/"));
  SHOW(closedir(last));
  SHOW_POINTER(fdopendir(0));
  SHOW_POINTER(fdopendir(999));
  SHOW_POINTER(popen("exit 3", "r"));
  SHOW(pclose(last));
  SHOW_POINTER(popen("exit 3", "nonsense"));
  SHOW(system("exit 5"));
  SHOW_POINTER(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, 0, 0));
  SHOW_POINTER(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, 999, 0));
  SHOW_POINTER(mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  SHOW_POINTER(mremap(last, 8192, 4096, 0));
  SHOW(munmap(last, 4096));
  SHOW(munmap((char *)last + 1, 4096));
  SHOW_POINTER(dlopen("libnowhere.so", RTLD_NOW));
  printf("%s\n", dlerror());
  printf("%d\n", dlerror() != NULL);
  SHOW_POINTER(dlopen("libm.so.6", RTLD_NOW));
  printf("%d\n", dlerror() != NULL);
  SHOW(dlclose(last));
  SHOW_POINTER(iconv_open("no", "such"));
  SHOW_POINTER(newlocale(LC_ALL_MASK, "nonsense", (locale_t)0));
  SHOW_POINTER(sem_open("/no such thing", 0));
  SHOW_POINTER(sem_open("nonsense/", 0));
  pthread_mutex_t mutex;
  SHOW(pthread_mutex_init(&mutex, NULL));
  SHOW(pthread_mutex_destroy(&mutex));
  SHOW(pthread_mutex_destroy(&mutex));
  sem_t s;
  SHOW(sem_init(&s, 0, -1));
  SHOW(sem_destroy(&s));
  regex_t r;
  SHOW(regcomp(&r, "(", REG_EXTENDED));
  glob_t g;
  SHOW(glob("/nowhere/*", 0, NULL, &g));
  globfree(&g);
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *out;
  SHOW(getaddrinfo("nonsense", "1", &hints, &out));
  SHOW(pthread_join(pthread_self(), NULL));
}

static void programs(void) {
  char *arguments[] = {"true", NULL}, *environment[] = {NULL};
  SHOW(execve("/nowhere", arguments, environment));
  SHOW(execv("/", arguments));
  SHOW(execvp("no-such-program", arguments));
  SHOW(execvpe("no-such-program", arguments, environment));
  SHOW(execl("/nowhere", "true", NULL));
  SHOW(execlp("no-such-program", "true", NULL));
  SHOW(execle("/nowhere", "true", NULL, environment));
  SHOW(fexecve(999, arguments, environment));
  pid_t child;
  SHOW(posix_spawn(&child, "/nowhere", NULL, NULL, arguments, environment));
  int status = 0;
  SHOW(waitpid(-1, &status, 0));
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  descriptors(argc > 1 ? argv[1] : "/tmp/handrail");
  objects();
  programs();
  return 0;
}
