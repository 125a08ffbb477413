// RUN: %check_handrail %s
struct archive;
struct archive_entry;
struct archive *archive_read_new(void);
int archive_read_support_format_all(struct archive *a);
int archive_read_open_filename(struct archive *a, const char *path, unsigned long block);
int archive_read_next_header(struct archive *a, struct archive_entry **e);
int archive_read_free(struct archive *a);
struct archive *archive_write_new(void);
int archive_write_header(struct archive *a, struct archive_entry *e);
int archive_write_free(struct archive *a);
struct archive_entry *archive_entry_new(void);
void archive_entry_free(struct archive_entry *e);

int lost(const char *path) {
  struct archive *a = archive_read_new();
  if (!a)
    return -1;
  archive_read_support_format_all(a);
  if (archive_read_open_filename(a, path, 512) != 0)
    return -1; // expect: missing-close: archive 'a'
  return archive_read_free(a);
}

// Entries of an archive that is read belong to it.
int right(const char *path) {
  struct archive_entry *e;
  struct archive *a = archive_read_new();
  if (!a)
    return -1;
  int n = 0;
  if (archive_read_open_filename(a, path, 512) == 0)
    while (archive_read_next_header(a, &e) == 0)
      n++;
  archive_read_free(a);
  return n;
}

int lost_entry(struct archive *a) {
  struct archive_entry *e = archive_entry_new();
  if (!e)
    return -1;
  return archive_write_header(a, e); // expect: missing-close: archive entry 'e'
}

int right_entry(struct archive *a) {
  struct archive_entry *e = archive_entry_new();
  if (!e)
    return -1;
  int status = archive_write_header(a, e);
  archive_entry_free(e);
  return status;
}

int twice(void) {
  struct archive *a = archive_write_new();
  if (!a)
    return -1;
  archive_write_free(a);
  return archive_write_free(a); // expect: double-close: 'a'
}
