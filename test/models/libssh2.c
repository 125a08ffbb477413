// RUN: %check_handrail %s
typedef struct LIBSSH2_SESSION LIBSSH2_SESSION;
typedef struct LIBSSH2_CHANNEL LIBSSH2_CHANNEL;
LIBSSH2_SESSION *libssh2_session_init_ex(void *a, void *f, void *r, void *data);
int libssh2_session_handshake(LIBSSH2_SESSION *s, int socket);
int libssh2_session_free(LIBSSH2_SESSION *s);
LIBSSH2_CHANNEL *libssh2_channel_open_ex(LIBSSH2_SESSION *s, const char *type, unsigned n, unsigned window, unsigned packet,
                                         const char *message, unsigned m);
int libssh2_channel_send_eof(LIBSSH2_CHANNEL *c);
int libssh2_channel_free(LIBSSH2_CHANNEL *c);

int lost(int fd) {
  LIBSSH2_SESSION *s = libssh2_session_init_ex(0, 0, 0, 0);
  if (!s)
    return -1;
  if (libssh2_session_handshake(s, fd) != 0)
    return -1; // expect: missing-close: SSH session 's'
  return libssh2_session_free(s);
}

// A channel goes with its session.
int right_channel(LIBSSH2_SESSION *s) {
  LIBSSH2_CHANNEL *c = libssh2_channel_open_ex(s, "session", 7, 1, 1, 0, 0);
  if (!c)
    return -1;
  return libssh2_channel_send_eof(c);
}

// A session that does not block has to be asked again.
void right(LIBSSH2_SESSION *s) {
  LIBSSH2_CHANNEL *c = libssh2_channel_open_ex(s, "session", 7, 1, 1, 0, 0);
  if (!c)
    return;
  while (libssh2_channel_free(c) == -37)
    ;
}

int twice(LIBSSH2_CHANNEL *c) {
  if (libssh2_channel_free(c) == 0)
    return libssh2_channel_free(c); // expect: double-close: 'c'
  return 0;
}
