// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct DBusMessage DBusMessage;
DBusMessage *dbus_message_ref(DBusMessage *message);
void dbus_message_unref(DBusMessage *message);
int prepare(void);
void unknown(DBusMessage *message);
DBusMessage *kept;

int not_given_back(DBusMessage *m) {
  dbus_message_ref(m); // note: 'dbus_message_ref'
  if (prepare() < 0)
    return -1; // expect: refcount-imbalance: reference to message 'm' taken by 'dbus_message_ref' is not given back on this path, as it is on others
  dbus_message_unref(m);
  return 0;
}

int given_back(DBusMessage *m) {
  dbus_message_ref(m);
  int rc = prepare();
  dbus_message_unref(m);
  return rc < 0 ? -1 : 0;
}

// On success, somebody has it.
int stored(DBusMessage *m) {
  dbus_message_ref(m);
  if (prepare() < 0) {
    dbus_message_unref(m);
    return -1;
  }
  kept = m;
  return 0;
}

DBusMessage *returned(DBusMessage *m) {
  DBusMessage *mine = dbus_message_ref(m);
  if (prepare() < 0) {
    dbus_message_unref(mine);
    return 0;
  }
  return mine;
}

int given_away(DBusMessage *m) {
  dbus_message_ref(m);
  if (prepare() < 0) {
    unknown(m);
    return -1;
  }
  dbus_message_unref(m);
  return 0;
}

// A function that takes a reference for its caller.
static void take(DBusMessage *m) { dbus_message_ref(m); }
int through_function(DBusMessage *m) {
  take(m);
  if (prepare() < 0)
    return -1; // expect: refcount-imbalance: taken by 'take'
  dbus_message_unref(m);
  return 0;
}

int only_takes(DBusMessage *m) {
  dbus_message_ref(m);
  return prepare() < 0 ? -1 : 0;
}

// The success path keeps the reference, the failing ones do not: what that means nobody can say.
int takes_when_it_works(DBusMessage *m) {
  dbus_message_ref(m);
  if (prepare() < 0) {
    dbus_message_unref(m);
    return -1;
  }
  return 0;
}

// A reference that could not be taken is not given back.
typedef struct x509_store_st X509_STORE;
int X509_STORE_up_ref(X509_STORE *store);
void X509_STORE_free(X509_STORE *store);
X509_STORE *cached;
void may_fail(X509_STORE *store) {
  if (X509_STORE_up_ref(store)) {
    if (prepare() < 0) {
      X509_STORE_free(store);
      return;
    }
    cached = store;
  }
}

// Nothing refers to null, whatever was done to it.
int checked_afterwards(DBusMessage *m) {
  dbus_message_ref(m);
  if (m == 0)
    return -1;
  if (prepare() < 0)
    return -2; // expect: refcount-imbalance
  dbus_message_unref(m);
  return 0;
}

// Two names of one message, with a reference for each.
struct range {
  DBusMessage *low, *high;
  int offset;
};
int two_names(struct range *r, int n) {
  DBusMessage *high = r->high;
  DBusMessage *low = r->low;
  dbus_message_ref(low);
  dbus_message_ref(high);
  if (low == high && r->offset > n) {
    dbus_message_unref(low);
    dbus_message_unref(high);
    return 0;
  }
  prepare();
  dbus_message_unref(low);
  dbus_message_unref(high);
  return 0;
}

// Given back by the other name.
int other_name(struct range *r, int n) {
  DBusMessage *high = r->high;
  DBusMessage *low = r->low;
  dbus_message_ref(low);
  if (low == high) {
    if (r->offset > n)
      return 0; // expect: refcount-imbalance
    dbus_message_unref(high);
    return 0;
  }
  dbus_message_unref(low);
  return 0;
}

// FIXME: counts above one are not kept.
int twice(DBusMessage *m) {
  dbus_message_ref(m);
  dbus_message_ref(m);
  if (prepare() < 0)
    return -1;
  dbus_message_unref(m);
  dbus_message_unref(m);
  return 0;
}
