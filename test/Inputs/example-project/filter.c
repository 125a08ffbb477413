// Other programs: the filter that lines pass through, and hostname.
#include "logship.h"
#include <string.h>
#include <unistd.h>

// Starts a shell command; what it prints can be read from *output.
pid_t filter_start(const char *command, int *output) {
  int ends[2];
  if (pipe(ends) < 0)
    return -1;
  pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    return -1;
  }
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  *output = ends[0];
  return child;
}

int host_name(char *name, size_t size) {
  FILE *answer = popen("hostname -f", "r");
  if (!answer)
    return -1;
  int found = fgets(name, (int)size, answer) != NULL;
  fclose(answer);
  if (!found)
    return -1;
  name[strcspn(name, "\n")] = '\0';
  return 0;
}
