// Programs that become others: by every function, and with what stays open.
//
// RUN: %clang -g %s -o %t
// RUN: %handrail run --error-exitcode=9 -- %t 2>&1 | FileCheck --check-prefix=RAN %s
// RUN: not %handrail run --audit-exec --error-exitcode=9 -- %t 2>&1 | FileCheck --check-prefixes=RAN,AUDIT %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  const char *self = argv[0];
  char step[2] = {argc > 1 ? argv[1][0] : '0', 0};
  printf("step %s, %d arguments\n", step, argc);
  fflush(stdout);
  open("/etc/group", O_RDONLY | O_CLOEXEC); // not the next one's
  if (step[0] == '0')
    open("/etc/passwd", O_RDONLY);
  char *arguments[] = {argv[0], step, NULL};
  ++step[0];
  execl("/nowhere", "x", NULL); // fails: this program goes on
  switch (step[0]) {
  case '1':
    execl(self, self, step, NULL);
    break;
  case '2':
    execle(self, self, step, NULL, environ);
    break;
  case '3':
    execlp(self, self, step, NULL);
    break;
  case '4':
    execv(self, arguments);
    break;
  case '5':
    execve(self, arguments, environ);
    break;
  case '6':
    execvp(self, arguments);
    break;
  case '7':
    execvpe(self, arguments, environ);
    break;
  case '8':
    fexecve(open(self, O_RDONLY | O_CLOEXEC), arguments, environ);
    break;
  default:
    for (int fd = 3; fd < 100; ++fd)
      close(fd);
    return 0;
  }
  return 1;
}
// RAN: step 0, 1 arguments
// RAN: step 1, 2 arguments
// RAN: step 2, 2 arguments
// RAN: step 3, 2 arguments
// RAN: step 4, 2 arguments
// RAN: step 5, 2 arguments
// RAN: step 6, 2 arguments
// RAN: step 7, 2 arguments
// RAN: step 8, 2 arguments
// RAN-NOT: {{^}}Leak
// AUDIT: file descriptor 4 {{.*}}[leak-on-exec]
// AUDIT-NEXT: in execl
// AUDIT-NEXT: here by thread
// AUDIT-NEXT: #0 in main {{.*}}exec.c:28:
// AUDIT: SUMMARY: handrail: nothing leaked, 1 misuse at 1 place
