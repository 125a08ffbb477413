// RUN: %check_handrail %s
typedef struct DBusConnection DBusConnection;
typedef struct DBusMessage DBusMessage;
typedef struct DBusError { const char *name; } DBusError;
DBusConnection *dbus_bus_get(int type, DBusError *e);
void dbus_connection_unref(DBusConnection *c);
unsigned dbus_connection_send(DBusConnection *c, DBusMessage *m, unsigned *serial);
DBusMessage *dbus_connection_send_with_reply_and_block(DBusConnection *c, DBusMessage *m, int wait, DBusError *e);
DBusMessage *dbus_message_new_signal(const char *path, const char *interface, const char *name);
DBusMessage *dbus_message_ref(DBusMessage *m);
void dbus_message_unref(DBusMessage *m);
unsigned dbus_message_append_args(DBusMessage *m, int first, ...);

int lost(DBusConnection *c) {
  DBusMessage *m = dbus_message_new_signal("/", "a.b", "c");
  if (!m)
    return -1;
  if (!dbus_message_append_args(m, 0))
    return -1; // expect: missing-close: message 'm'
  dbus_connection_send(c, m, 0);
  dbus_message_unref(m);
  return 0;
}

int lost_reply(DBusConnection *c, DBusMessage *m, DBusError *e) {
  DBusMessage *reply = dbus_connection_send_with_reply_and_block(c, m, 10, e);
  if (!reply)
    return -1;
  return 0; // expect: missing-close: message 'reply'
}

int right(DBusError *e) {
  DBusConnection *c = dbus_bus_get(0, e);
  if (!c)
    return -1;
  DBusMessage *m = dbus_message_new_signal("/", "a.b", "c");
  if (m) {
    dbus_connection_send(c, m, 0);
    dbus_message_unref(m);
  }
  dbus_connection_unref(c);
  return 0;
}

int after(DBusConnection *c) {
  DBusMessage *m = dbus_message_new_signal("/", "a.b", "c");
  if (!m)
    return -1;
  dbus_message_unref(m);
  return dbus_connection_send(c, m, 0); // expect: use-after-close: 'm'
}

// Somebody else has a reference, or had one all along.
void right_counted(DBusConnection *c, DBusMessage *given) {
  DBusMessage *m = dbus_message_new_signal("/", "a.b", "c");
  if (!m)
    return;
  dbus_message_ref(m);
  dbus_message_unref(m);
  dbus_connection_send(c, m, 0);
  dbus_message_unref(m);
  dbus_message_unref(given);
  dbus_connection_send(c, given, 0);
}
