// In C opaque pointers are the custom; only those that travel as integers count.
// RUN: %check_handrail %s --checks=raw-handle
// RUN: %check_tidy %s
typedef unsigned long size_t;
typedef long intptr_t;
void *malloc(size_t size);
void free(void *p);

struct table {
  int used;
};

struct table *table_new(void) {
  struct table *t = malloc(sizeof *t);
  if (t)
    t->used = 0;
  return t;
}

void table_delete(struct table *t) { free(t); }

intptr_t table_open(void) {
  struct table *t = table_new();
  return (intptr_t)t; // expect: raw-handle: 'table_open' hands out an owning raw pointer
}

void table_close(intptr_t handle) {
  struct table *t = (struct table *)handle;
  free(t); // expect: raw-handle: 'table_close' frees a raw pointer to 'table' hidden in 'intptr_t' that it takes as handle 'handle'
}

// Nobody outside sees these.
static intptr_t hidden(void) { return (intptr_t)table_new(); }
int main(void) {
  table_close(hidden());
  return 0;
}
