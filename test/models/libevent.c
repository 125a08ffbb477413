// RUN: %check_handrail %s
struct event_base;
struct event;
struct bufferevent;
struct evconnlistener;
struct evhttp_connection;
struct evhttp_request;
struct evbuffer;
struct event_base *event_base_new(void);
int event_base_dispatch(struct event_base *b);
void event_base_free(struct event_base *b);
struct event *event_new(struct event_base *b, int fd, short what, void (*cb)(int, short, void *), void *arg);
int event_add(struct event *e, const void *timeout);
void event_free(struct event *e);
struct bufferevent *bufferevent_socket_new(struct event_base *b, int fd, int options);
int bufferevent_enable(struct bufferevent *b, short what);
void bufferevent_free(struct bufferevent *b);
struct evconnlistener *evconnlistener_new(struct event_base *b, void (*cb)(void), void *arg, unsigned flags, int backlog, int fd);
void evconnlistener_free(struct evconnlistener *l);
struct evhttp_request *evhttp_request_new(void (*cb)(struct evhttp_request *, void *), void *arg);
int evhttp_make_request(struct evhttp_connection *c, struct evhttp_request *r, int type, const char *uri);
int evbuffer_add_file(struct evbuffer *b, int fd, long offset, long n);
int socket(int domain, int type, int protocol);
int open(const char *path, int flags, ...);
int close(int fd);

int lost_base(void) {
  struct event_base *b = event_base_new();
  if (!b)
    return -1;
  return event_base_dispatch(b); // expect: missing-close: event base 'b'
}

int right_base(void) {
  struct event_base *b = event_base_new();
  if (!b)
    return -1;
  int status = event_base_dispatch(b);
  event_base_free(b);
  return status;
}

int lost_event(struct event_base *b, int fd, void (*cb)(int, short, void *)) {
  struct event *e = event_new(b, fd, 2, cb, 0);
  if (!e)
    return -1;
  if (event_add(e, 0) != 0)
    return -1; // expect: missing-close: event 'e'
  event_free(e);
  return 0;
}

// With BEV_OPT_CLOSE_ON_FREE.
int closed_with_it(struct event_base *b) {
  int fd = socket(2, 1, 0);
  if (fd < 0)
    return -1;
  struct bufferevent *bev = bufferevent_socket_new(b, fd, 1);
  if (!bev) {
    close(fd);
    return -1;
  }
  bufferevent_free(bev);
  return close(fd); // expect: double-close: 'fd'
}

int right_without_option(struct event_base *b) {
  int fd = socket(2, 1, 0);
  if (fd < 0)
    return -1;
  struct bufferevent *bev = bufferevent_socket_new(b, fd, 0);
  if (bev)
    bufferevent_free(bev);
  return close(fd);
}

int lost_listener(struct event_base *b) {
  int fd = socket(2, 1, 0);
  if (fd < 0)
    return -1;
  struct evconnlistener *l = evconnlistener_new(b, 0, 0, 10, 5, fd);
  if (!l)
    return -1; // expect: missing-close: 'fd'
  evconnlistener_free(l);
  return 0;
}

int right_request(struct evhttp_connection *c) {
  struct evhttp_request *r = evhttp_request_new(0, 0);
  if (!r)
    return -1;
  return evhttp_make_request(c, r, 1, "/");
}

int lost_unsent(struct evbuffer *b, const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  return evbuffer_add_file(b, fd, 0, 10); // expect: missing-close: 'fd'
}
