// RUN: %check_handrail %s --checks=ignored-close-error
// RUN: %check_tidy %s
#include <stdio.h>

void dropped(FILE *f, const char *text) {
  fputs(text, f); // note: written to here
  fclose(f);      // expect: ignored-close-error: result of 'fclose' is dropped, which tells whether what was written to stream 'f' has arrived
}

void dropped_on_purpose(FILE *f, const char *text) {
  fputs(text, f);
  (void)fclose(f); // expect: ignored-close-error
}

int looked_at(FILE *f, const char *text) {
  fprintf(f, "%s", text);
  return fclose(f) == 0 ? 0 : -1;
}

int settled(FILE *f, const char *text) {
  fputs(text, f);
  int failed = fflush(f);
  fclose(f);
  return failed;
}

int asked(FILE *f, const char *text) {
  fputs(text, f);
  int failed = ferror(f);
  fclose(f);
  return failed ? -1 : 0;
}

int fails_anyhow(FILE *f, const char *text) {
  if (fputs(text, f) < 0) {
    fclose(f);
    return -1;
  }
  return fclose(f);
}

int success_is_not_looked_at(FILE *f, const char *text) {
  if (fputs(text, f) < 0) {
    fclose(f);
    return -1;
  }
  fclose(f); // expect: ignored-close-error
  return 0;
}

// Nothing is lost when a stream was read.
int only_read(FILE *f) {
  int c = fgetc(f);
  fclose(f);
  return c;
}

struct log {
  FILE *stream;
};
void member(struct log *l) {
  fprintf(l->stream, "end\n");
  fclose(l->stream); // expect: ignored-close-error: 'l->stream'
}

int last_write_is_below(FILE *f, FILE *g) {
  fclose(f);
  fputs("", g);
  return fclose(g);
}

// FIXME: what another function writes.
static void put(FILE *f) { fputs("text", f); }
void written_by_another(FILE *f) {
  put(f);
  fclose(f);
}
