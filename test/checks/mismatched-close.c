// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct FILE FILE;
typedef struct DIR DIR;
typedef unsigned long size_t;
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);
int getc(FILE *f);
FILE *popen(const char *command, const char *mode);
int pclose(FILE *p);
DIR *opendir(const char *path);
int closedir(DIR *d);
void free(void *p);

int zombie(const char *command) {
  FILE *p = popen(command, "r"); // note: opened here by 'popen'
  if (!p)
    return -1;
  int c = getc(p);
  fclose(p); // expect: mismatched-close: 'fclose' is the wrong function to close
  return c;
}

int no_zombie(const char *command) {
  FILE *p = popen(command, "r");
  if (!p)
    return -1;
  int c = getc(p);
  pclose(p);
  return c;
}

void freed(const char *path) {
  DIR *d = opendir(path);
  free(d); // expect: mismatched-close: use 'closedir'
}

int by_what_it_is(const char *name, int command) {
  FILE *f = command ? popen(name, "r") : fopen(name, "r");
  if (!f)
    return -1;
  int c = getc(f);
  if (command)
    pclose(f);
  else
    fclose(f);
  return c;
}

// What made a parameter is not known.
void of_parameter(FILE *f) { fclose(f); }
