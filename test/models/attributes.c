// What headers say of their own functions: Clang's and GCC's attributes.
// RUN: %check_handrail %s
// RUN: %check_handrail %s -- -Wno-everything
#include <stddef.h>

// Handles that are numbers; nothing is said about which of them are none.
typedef int sensor;
sensor sensor_open(const char *name) __attribute__((acquire_handle("sensor")));
int sensor_find(const char *name, sensor *out __attribute__((acquire_handle("sensor"))));
int sensor_read(sensor s __attribute__((use_handle("sensor"))), int *value __attribute__((noescape)));
void sensor_close(sensor s __attribute__((release_handle("sensor"))));
void sensor_watch(sensor s);

int lost(const char *name) {
  int value;
  sensor s = sensor_open(name);
  if (s <= 0)
    return -1;
  if (sensor_read(s, &value) != 0)
    return -1; // expect: missing-close: handle 's' opened by 'sensor_open' is never closed
  sensor_close(s);
  return value;
}

int ok(const char *name) {
  int value = 0;
  sensor s = sensor_open(name);
  if (s <= 0)
    return -1;
  sensor_read(s, &value);
  sensor_close(s);
  return value;
}

int lost_out_parameter(const char *name) {
  sensor s;
  int value;
  if (sensor_find(name, &s) != 0)
    return -1;
  if (sensor_read(s, &value) != 0)
    return -1; // expect: missing-close: 's'
  sensor_close(s);
  return value;
}

int twice(const char *name) {
  sensor s;
  if (sensor_find(name, &s) != 0)
    return -1;
  sensor_close(s);
  sensor_close(s); // expect: double-close: 's'
  return 0;
}

int after(sensor s) {
  int value;
  sensor_close(s);
  return sensor_read(s, &value); // expect: use-after-close: 's'
}

// Without an attribute the callee may keep it.
void ok_kept(const char *name) {
  sensor s = sensor_open(name);
  sensor_watch(s);
}

// Ownership of memory that is not malloc's: pools and the like.
struct node;
struct node *node_new(int tag) __attribute__((ownership_returns(node)));
void node_drop(struct node *n) __attribute__((ownership_takes(node, 1)));
void node_adopt(struct node *parent, struct node *n) __attribute__((ownership_holds(node, 2)));

int lost_node(int tag) {
  struct node *n = node_new(tag);
  if (!n)
    return -1;
  if (tag > 7)
    return -2; // expect: missing-close: 'n'
  node_drop(n);
  return 0;
}

int ok_adopted(struct node *root, int tag) {
  struct node *n = node_new(tag);
  if (!n)
    return -1;
  node_adopt(root, n);
  return 0;
}

void dropped_after_adoption(struct node *root, int tag) {
  struct node *n = node_new(tag);
  if (!n)
    return;
  node_drop(n);
  node_adopt(root, n); // expect: use-after-close: 'n'
}

// GCC's deallocators, before and behind the declaration.
struct table;
void table_free(struct table *t);
void table_destroy(const char *why, struct table *t);
__attribute__((malloc, malloc(table_free), __malloc__(table_destroy, 2))) struct table *table_new(void);
struct table *table_copy(const struct table *t) __attribute__((__malloc__(table_free, 1)));
int table_size(const struct table *t);

int lost_table(void) {
  struct table *t = table_new();
  if (!t)
    return -1;
  if (table_size(t) == 0)
    return 0; // expect: missing-close: resource 't' allocated by 'table_new' is never freed
  table_free(t);
  return 1;
}

int ok_other_deallocator(void) {
  struct table *t = table_new();
  struct table *u = t ? table_copy(t) : NULL;
  if (u)
    table_free(u);
  if (t)
    table_destroy("done", t);
  return 0;
}

void freed_twice(void) {
  struct table *t = table_new();
  if (!t)
    return;
  table_destroy("first", t);
  table_free(t); // expect: double-close: 't'
}

// A deallocator that a model knows says what kind it is.
typedef struct _IO_FILE FILE;
int fclose(FILE *f);
int fgetc(FILE *f);
FILE *log_open(const char *name) __attribute__((__malloc__(fclose, 1)));

int lost_log(const char *name) {
  FILE *f = log_open(name);
  if (!f)
    return -1;
  return fgetc(f); // expect: missing-close: stream 'f' opened by 'log_open' is never closed
}

int ok_log(const char *name) {
  FILE *f = log_open(name);
  return f ? fclose(f) : -1;
}

// GCC's descriptor arguments.
int open(const char *path, int flags, ...);
int close(int fd);
int peek(int fd, void *to) __attribute__((fd_arg_read(1)));
int poke(const char *what, int fd) __attribute__((fd_arg_write(2)));
int probe(int fd) __attribute__((__fd_arg__(1))) __attribute__((fd_arg(1)));

int lost_descriptor(const char *path) {
  char c;
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  if (peek(fd, &c) < 0 || probe(fd) < 0)
    return -1; // expect: missing-close: 'fd'
  return close(fd);
}

int poked_after_close(const char *path) {
  int fd = open(path, 1);
  if (fd < 0)
    return -1;
  close(fd);
  return poke(path, fd); // expect: use-after-close: 'fd'
}
