// RUN: %check_handrail %s
typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_bus_slot sd_bus_slot;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;
typedef struct sd_journal sd_journal;
int sd_bus_open_system(sd_bus **b);
sd_bus *sd_bus_unref(sd_bus *b);
int sd_bus_get_fd(sd_bus *b);
int sd_bus_flush(sd_bus *b);
int sd_bus_call_method(sd_bus *b, const char *to, const char *path, const char *interface, const char *member, void *error,
                       sd_bus_message **reply, const char *types, ...);
int sd_bus_message_read(sd_bus_message *m, const char *types, ...);
sd_bus_message *sd_bus_message_unref(sd_bus_message *m);
int sd_bus_add_match(sd_bus *b, sd_bus_slot **slot, const char *match, int (*cb)(sd_bus_message *, void *, void *), void *data);
int sd_event_default(sd_event **e);
int sd_event_loop(sd_event *e);
sd_event *sd_event_unref(sd_event *e);
int sd_event_add_io(sd_event *e, sd_event_source **s, int fd, unsigned events, int (*cb)(sd_event_source *, int, unsigned, void *),
                    void *data);
int sd_journal_open(sd_journal **j, int flags);
int sd_journal_next(sd_journal *j);
void sd_journal_close(sd_journal *j);
int sd_journal_stream_fd(const char *name, int priority, int prefix);
void sd_bus_unrefp(sd_bus **b);
int close(int fd);

int lost_reply(sd_bus *b, int *value) {
  sd_bus_message *m = 0;
  int r = sd_bus_call_method(b, "a", "/", "i", "M", 0, &m, "");
  if (r < 0)
    return r;
  r = sd_bus_message_read(m, "i", value);
  if (r < 0)
    return r; // expect: missing-close: bus message 'm'
  sd_bus_message_unref(m);
  return 0;
}

int right_reply(int *value) {
  sd_bus *b = 0;
  sd_bus_message *m = 0;
  int r = sd_bus_open_system(&b);
  if (r < 0)
    goto end;
  r = sd_bus_call_method(b, "a", "/", "i", "M", 0, &m, "");
  if (r >= 0)
    r = sd_bus_message_read(m, "i", value);
end:
  sd_bus_message_unref(m);
  sd_bus_unref(b);
  return r;
}

int right_without_reply(sd_bus *b) {
  int r = sd_bus_call_method(b, "a", "/", "i", "M", 0, 0, "");
  return r < 0 ? r : sd_bus_add_match(b, 0, "x", 0, 0);
}

int right_cleanup(void) {
  __attribute__((cleanup(sd_bus_unrefp))) sd_bus *b = 0;
  int r = sd_bus_open_system(&b);
  if (r < 0)
    return r;
  return sd_bus_flush(b);
}

int lost_bus(void) {
  sd_bus *b;
  if (sd_bus_open_system(&b) < 0)
    return -1;
  return sd_bus_flush(b); // expect: missing-close: bus connection 'b'
}

int borrowed(void) {
  sd_bus *b;
  if (sd_bus_open_system(&b) < 0)
    return -1;
  close(sd_bus_get_fd(b)); // expect: mismatched-close
  sd_bus_unref(b);
  return 0;
}

// The loop owns a source that is not asked for, and its callback knows the descriptor.
int right_loop(int (*cb)(sd_event_source *, int, unsigned, void *)) {
  sd_event *e = 0;
  int r = sd_event_default(&e);
  if (r < 0)
    return r;
  int fd = sd_journal_stream_fd("x", 1, 0);
  if (fd >= 0)
    sd_event_add_io(e, 0, fd, 1, cb, 0);
  r = sd_event_loop(e);
  e = sd_event_unref(e);
  sd_event_unref(e);
  return r;
}

int lost_journal(void) {
  sd_journal *j;
  if (sd_journal_open(&j, 0) < 0)
    return -1;
  if (sd_journal_next(j) < 0)
    return -1; // expect: missing-close: journal 'j'
  sd_journal_close(j);
  return 0;
}

int lost_stream(void) {
  int fd = sd_journal_stream_fd("x", 1, 0);
  return fd >= 0; // expect: missing-close: 'fd'
}
