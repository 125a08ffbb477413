// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct FILE FILE;
typedef struct DIR DIR;
struct dirent;
typedef unsigned long size_t;
int open(const char *path, int flags, ...);
int close(int fd);
long read(int fd, void *buffer, size_t size);
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);
int getc(FILE *f);
DIR *opendir(const char *path);
int closedir(DIR *d);
struct dirent *readdir(DIR *d);
void *malloc(size_t size);
void free(void *p);

int used(const char *path) {
  FILE *f = fopen(path, "r"); // note: opened here by 'fopen'
  int c = getc(f); // expect: unchecked-handle: 'getc' may be given an invalid
  fclose(f);
  return c;
}

int used_right(const char *path) {
  FILE *f = fopen(path, "r");
  if (f == 0)
    return -1;
  int c = getc(f);
  fclose(f);
  return c;
}

void released(const char *path) {
  DIR *d = opendir(path);
  if (d)
    readdir(d);
  closedir(d); // expect: unchecked-handle: 'closedir' is given an invalid
}

void released_right(const char *path) {
  DIR *d = opendir(path);
  if (d) {
    readdir(d);
    closedir(d);
  }
}

void known_invalid(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f) {
    fclose(f); // expect: unchecked-handle: 'fopen' has failed on this path
    return;
  }
  fclose(f);
}

void known_invalid_right(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  fclose(f);
}

static FILE *open_or_null(const char *path) { return fopen(path, "r"); }

int through_wrapper(const char *path) {
  FILE *f = open_or_null(path);
  int c = getc(f); // expect: unchecked-handle
  fclose(f);
  return c;
}

// What is defined to do nothing but fail is no mistake.
void harmless(char *buffer) {
  free(malloc(0));
  int fd = open("x", 0);
  read(fd, buffer, 1);
  close(fd);
}
