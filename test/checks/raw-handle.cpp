// RUN: %check_handrail %s --checks=raw-handle --option=raw-handle.AllowOpaquePairs=false
// RUN: %check_tidy %s --config='{CheckOptions: {handrail-raw-handle.AllowOpaquePairs: false}}'
typedef unsigned long size_t;
typedef long intptr_t;
extern "C" void *malloc(size_t size);
extern "C" void free(void *p);

struct Session {
  int user;
};

struct Node {
  Node *next;
};

extern "C" Session *session_new(int user) {
  return new Session{user}; // expect: raw-handle: exported function 'session_new' hands out an owning raw pointer to 'Session'
}

extern "C" void session_delete(Session *s) {
  delete s; // expect: raw-handle: 'session_delete' frees a raw pointer to 'Session' that it takes as handle 's'
}

extern "C" intptr_t session_open(int user) {
  Session *s = new Session{user}; // note: made here
  s->user += 1;
  intptr_t handle = reinterpret_cast<intptr_t>(s);
  return handle; // expect: raw-handle: hidden in 'intptr_t' as a handle
}

extern "C" void session_close(intptr_t handle) {
  Session *s = reinterpret_cast<Session *>(handle);
  if (!s)
    return;
  delete s; // expect: raw-handle
}

static Node *make() {
  Node *n = static_cast<Node *>(malloc(sizeof(Node)));
  if (n)
    n->next = nullptr;
  return n;
}
static void drop(Node *n) { free(n); }

extern "C" int node_create(void **out) {
  Node *n = make();
  if (!n)
    return -1;
  *out = n; // expect: raw-handle: 'Node'
  return 0;
}

extern "C" void node_destroy(void *handle) {
  drop(static_cast<Node *>(handle)); // expect: raw-handle: 'Node'
}

__attribute__((visibility("default"))) Node *node_make() {
  return make(); // expect: raw-handle
}

// An id that is looked up is what the check asks for.
static Session *Table[16];

extern "C" int table_open(int user) {
  for (int id = 0; id < 16; ++id)
    if (!Table[id]) {
      Table[id] = new Session{user};
      return id;
    }
  return -1;
}

extern "C" void table_close(int id) {
  if (id < 0 || id >= 16)
    return;
  delete Table[id];
  Table[id] = nullptr;
}

// Lent, not handed over.
extern "C" Session *table_peek(int id) { return Table[id]; }
extern "C" int session_user(Session *s) { return s->user; }

// Buffers are no handles.
extern "C" void *allocate(size_t size) { return malloc(size); }
extern "C" void release(void *p) { free(p); }
extern "C" char *name_of(int) { return new char[16]; }

// Nobody outside can call these.
static Session *inner() { return new Session{0}; }
Session *cxx_factory() { return inner(); }

// A callback gets back what was registered with it.
void on_thread(void (*)(void *), void *);
extern "C" void thread_main(void *argument) { delete static_cast<Session *>(argument); }
void start() { on_thread(thread_main, new Session{1}); }

// FIXME: limit: a handle inside a structure is not seen.
struct Out {
  Session *session;
};
extern "C" void fill(Out *out) { out->session = new Session{2}; }
