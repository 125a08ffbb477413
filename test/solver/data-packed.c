// Handles packed in integers, `void *` and one word with flags.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct value {
  uint64_t word;
  void *data;
  int small : 24;
};

void set_user_data(void *object, void *data); // in another file

int in_pointer(struct value *v, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  v->data = (void *)(intptr_t)fd;
  return 0;
}

void from_pointer(struct value *v) {
  int fd = (int)(intptr_t)v->data;
  close(fd);
  v->data = NULL;
}

int there_and_back(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  void *p = (void *)(intptr_t)fd;
  close((int)(intptr_t)p);
  return 0;
}

int there_and_back_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  void *p = (void *)(intptr_t)fd;
  return p != NULL; // expect: missing-close
}

// Shifted beside something else.
int shifted(struct value *v, const char *path, uint32_t flags) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  v->word = ((uint64_t)fd << 32) | flags;
  return 0;
}

void unshifted(struct value *v) { close((int)(v->word >> 32)); }

// Only the flags are stored.
int shifted_wrong(struct value *v, const char *path, uint32_t flags) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  v->word = ((uint64_t)flags << 32) | flags;
  return 0; // expect: missing-close
}

// One more, so that zero means none.
int plus_one(struct value *v, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  v->data = (void *)(intptr_t)(fd + 1);
  return 0;
}

void plus_one_close(struct value *v) {
  if (v->data)
    close((int)(intptr_t)v->data - 1);
  v->data = NULL;
}

int plus_one_both(const char *path) {
  struct value v = {0};
  if (plus_one(&v, path) < 0)
    return -1;
  plus_one_close(&v);
  return 0;
}

int plus_one_wrong(const char *path) {
  struct value v = {0};
  if (plus_one(&v, path) < 0)
    return -1;
  return v.data != NULL; // expect: missing-close
}

// The low bit of a pointer says whether it is owned.
int tagged(struct value *v, const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  v->word = (uintptr_t)f | 1;
  return 0;
}

void untagged(struct value *v) {
  if (v->word & 1)
    fclose((FILE *)(uintptr_t)(v->word & ~(uintptr_t)1));
}

int in_bit_field(struct value *v, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  v->small = fd;
  return 0;
}

int given_away(void *object, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  set_user_data(object, (void *)(intptr_t)fd);
  return 0;
}

// Unpacked again in the same function.
int shifted_and_closed(const char *path, uint32_t flags) {
  struct value v = {0};
  if (shifted(&v, path, flags) < 0)
    return -1;
  unshifted(&v);
  return 0;
}

int shifted_and_forgotten(const char *path, uint32_t flags) {
  struct value v = {0};
  if (shifted(&v, path, flags) < 0)
    return -1;
  return 0; // expect: missing-close
}

int tagged_and_closed(const char *path) {
  struct value v = {0};
  if (tagged(&v, path) < 0)
    return -1;
  untagged(&v);
  return 0;
}
