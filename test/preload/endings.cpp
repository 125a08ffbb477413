// However a process ends: what it left open is told, and its status is its own.
//
// RUN: %clang++ -g %s -o %t
// RUN: %check_run %s --status=7 -- %t return
// RUN: %check_run %s --status=7 -- %t exit
// RUN: %check_run %s --status=7 -- %t _exit
// RUN: %check_run %s --status=7 -- %t _Exit
// RUN: %check_run %s --status=7 -- %t quick_exit
// RUN: %check_run %s --kinds=file --status=7 -- %t thread
// RUN: %check_run %s --status=7 -- %t handler
// RUN: %check_run %s --status=7 -- %t alternate
// RUN: %check_run %s --status=7 -- %t full
// RUN: %check_run %s --status=7 -- %t chroot
// RUN: %check_run %s --status=-6 -- %t abort
// RUN: %check_run %s --status=-6 -- %t throw
// RUN: %check_run %s --status=-15 -- %t terminated
// RUN: %check_run %s --status=-9 -- %t killed
// RUN: %check_run %s --status=-11 -- %t crash
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

static int opened_early;
__attribute__((constructor)) static void early() { opened_early = open("/dev/null", O_RDONLY); }
__attribute__((destructor)) static void late() { close(opened_early); }
static struct global {
  int fd = open("/dev/null", O_RDONLY);
  ~global() { close(fd); }
} closed_by_a_destructor;
static int closed_at_exit;

static void ends(int) { _exit(7); }

/// For the endings that run no destructors.
static void close_all() {
  close(opened_early);
  close(closed_by_a_destructor.fd);
  close(closed_at_exit);
}

int main(int, char **argv) {
  const auto is = [&](const char *way) { return std::strcmp(argv[1], way) == 0; };
  closed_at_exit = open("/dev/null", O_RDONLY);
  std::atexit([] { close(closed_at_exit); });
  open("/etc/passwd", O_RDONLY); // leak: file
  if (is("exit"))
    std::exit(7);
  if (is("thread"))
    std::thread([] { std::exit(7); }).join();
  if (is("return"))
    return 7;
  close_all();
  if (is("_exit"))
    _exit(7);
  if (is("_Exit"))
    std::_Exit(7);
  if (is("quick_exit"))
    std::quick_exit(7);
  if (is("handler")) {
    std::signal(SIGUSR1, ends);
    std::raise(SIGUSR1);
  }
  if (is("alternate")) { // as small as such stacks are
    const stack_t other = {.ss_sp = std::malloc(8192), .ss_flags = 0, .ss_size = 8192};
    sigaltstack(&other, nullptr);
    struct sigaction action = {};
    action.sa_handler = ends;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
    std::raise(SIGSEGV);
  }
  if (is("full")) { // no number is left to look with
    const rlimit few = {4, 4};
    setrlimit(RLIMIT_NOFILE, &few);
    _exit(7);
  }
  if (is("chroot")) {
    if (chroot("/dev") == 0)
      (void)chdir("/");
    _exit(7);
  }
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (is("abort"))
    std::abort();
  if (is("throw"))
    throw 1;
  if (is("terminated"))
    std::raise(SIGTERM);
  if (is("killed"))
    std::raise(SIGKILL);
  if (is("crash"))
    std::raise(SIGSEGV);
}
