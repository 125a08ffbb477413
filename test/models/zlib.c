// RUN: %check_handrail %s
typedef struct gzFile_s *gzFile;
typedef struct z_stream_s {
  const unsigned char *next_in;
  unsigned avail_in;
  void *state;
} z_stream;
gzFile gzopen(const char *path, const char *mode);
gzFile gzdopen(int fd, const char *mode);
int gzread(gzFile f, void *buffer, unsigned size);
int gzclose(gzFile f);
int deflateInit_(z_stream *s, int level, const char *version, int size);
int deflate(z_stream *s, int flush);
int deflateEnd(z_stream *s);
int inflateInit_(z_stream *s, const char *version, int size);
int inflate(z_stream *s, int flush);
int inflateEnd(z_stream *s);
int open(const char *path, int flags, ...);
int close(int fd);

int lost(const char *path, char *buffer) {
  gzFile f = gzopen(path, "r");
  if (!f)
    return -1;
  if (gzread(f, buffer, 10) < 0)
    return -1; // expect: missing-close: compressed file 'f'
  return gzclose(f);
}

int right(const char *path, char *buffer) {
  gzFile f = gzopen(path, "r");
  int n = gzread(f, buffer, 10);
  gzclose(f);
  return n;
}

int lost_when_gzdopen_fails(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  gzFile f = gzdopen(fd, "r");
  if (!f)
    return -1; // expect: missing-close: 'fd'
  return gzclose(f);
}

int closed_with_the_file(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  gzFile f = gzdopen(fd, "r");
  if (!f) {
    close(fd);
    return -1;
  }
  gzclose(f);
  return close(fd); // expect: double-close: 'fd'
}

int read_after_close(gzFile f, char *buffer) {
  gzclose(f);
  return gzread(f, buffer, 1); // expect: use-after-close: 'f'
}

int right_inflate(const unsigned char *data, unsigned size) {
  z_stream s = {0};
  if (inflateInit_(&s, "1", sizeof s) != 0)
    return -1;
  s.next_in = data;
  s.avail_in = size;
  int status = inflate(&s, 4);
  inflateEnd(&s);
  return status;
}

// Whoever ends a stream on one failure has to on the other.
int right_start(z_stream *s) {
  if (deflateInit_(s, 6, "1", sizeof *s) != 0)
    return -1;
  if (deflate(s, 0) < 0) {
    deflateEnd(s);
    return -1;
  }
  return 0;
}

int after_end(z_stream *s) {
  deflateEnd(s);
  return deflate(s, 4); // expect: use-after-close
}
