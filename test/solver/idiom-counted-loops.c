// Loops that run more often than they are followed round by round.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A loop that opens and closes nothing leaves no doubt of what is open beside it.
static int hex_of(const uint8_t *key, char *out) {
  int sum = 0;
  for (int k = 0; k < 16; ++k) {
    out[k] = "0123456789abcdef"[key[k] & 15];
    sum += key[k];
  }
  return sum;
}

int beside_a_loop(const char *path, const uint8_t *key) {
  char text[16];
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  for (int k = 0; k < 16; ++k)
    text[k] = (char)~key[k];
  ssize_t n = write(fd, text, sizeof text);
  close(fd);
  return n < 0 ? -1 : 0;
}

int beside_a_loop_wrong(const char *path, const uint8_t *key) {
  char text[16];
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  for (int k = 0; k < 16; ++k)
    text[k] = (char)~key[k];
  if (write(fd, text, sizeof text) < 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}

int beside_a_callees_loop(const char *path, const uint8_t *key) {
  char text[16];
  hex_of(key, text);
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, text, sizeof text);
  close(fd);
  return n < 0 ? -1 : 0;
}

int beside_a_callees_loop_wrong(const char *path, const uint8_t *key) {
  char text[16];
  hex_of(key, text);
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  if (write(fd, text, sizeof text) < 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}

// The loop that ends because it was tried often enough.
int bind_somewhere(struct sockaddr *where, socklen_t size) {
  int tries = 10;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0)
    return -1;
  while (--tries) {
    where->sa_data[1] += 1;
    if (bind(fd, where, size) >= 0)
      break;
  }
  if (!tries) {
    close(fd);
    return -1;
  }
  return fd;
}

int bind_somewhere_wrong(struct sockaddr *where, socklen_t size) {
  int tries = 10;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0)
    return -1;
  while (--tries) {
    where->sa_data[1] += 1;
    if (bind(fd, where, size) >= 0)
      break;
  }
  if (!tries)
    return -1; // expect: missing-close
  return fd;
}

// What a loop computed may always be the same: a branch on it is no evidence.
int settled_by_the_loop(const char *path, const uint8_t *key) {
  int known = 0, sum = 0;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  for (int k = 0; k < 16; ++k) {
    sum += key[k];
    known = 1;
  }
  if (!known)
    return -1;
  close(fd);
  return sum;
}

int settled_before_the_loop_wrong(const char *path, const uint8_t *key, int known) {
  int sum = 0;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  for (int k = 0; k < 16; ++k)
    sum += key[k];
  if (!known)
    return -1; // expect: missing-close
  close(fd);
  return sum;
}

// What the loop itself opens is known for the rounds that were followed only.
int several(const char *const *paths) {
  int fds[8], sum = 0;
  for (int k = 0; k < 8; ++k)
    fds[k] = open(paths[k], O_RDONLY);
  for (int k = 0; k < 8; ++k)
    if (fds[k] >= 0) {
      sum += (int)lseek(fds[k], 0, SEEK_END);
      close(fds[k]);
    }
  return sum;
}

void copy_to_named_streams(const char *text) {
  FILE *out = stdout;
  int opened = 0;
  for (; *text; ++text) {
    if (*text == '>') {
      FILE *next = fopen(text + 1, "w");
      if (next) {
        if (opened)
          fclose(out);
        out = next;
        opened = 1;
      }
    } else {
      fputc(*text, out);
    }
  }
  if (opened)
    fclose(out);
}

// A callee may count what it opens and closes itself.
static int entries(const char *const *paths) {
  int found = 0;
  for (int k = 0; k < 16; ++k) {
    int fd = open(paths[k], O_RDONLY);
    if (fd < 0)
      return -1;
    if (lseek(fd, 0, SEEK_END) > 0)
      ++found;
    close(fd);
  }
  return found;
}

int after_a_count(const char *const *paths, char *text, size_t size) {
  if (entries(paths) < 0)
    return -1;
  FILE *f = fopen(paths[0], "r");
  if (!f)
    return -1;
  if (!fgets(text, (int)size, f)) {
    fclose(f);
    return -1;
  }
  fclose(f);
  return 0;
}

int after_a_count_wrong(const char *const *paths, char *text, size_t size) {
  if (entries(paths) < 0)
    return -1;
  FILE *f = fopen(paths[0], "r");
  if (!f)
    return -1;
  if (!fgets(text, (int)size, f))
    return -1; // expect: missing-close
  fclose(f);
  return 0;
}
