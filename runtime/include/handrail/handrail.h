/*===- handrail.h - handle tables for C and other languages ------*- C -*-===*\
|* The handle table (handle_table.h) for C11, and for whatever can call C. An    *|
|* integer handle crosses the border instead of a pointer; a handle that was     *|
|* closed, or never was one, is an error and nothing else.                       *|
|*                                                                               *|
|*   static void file_close(void *f, int how, void *ctx) { fclose(f); }          *|
|*                                                                               *|
|*   hr_type type = {sizeof(hr_type), 0, "file", file_close, NULL, NULL};        *|
|*   uint32_t file_type;                                                         *|
|*   hr_type_register(&type, &file_type);                                        *|
|*   hr_table *files;                                                            *|
|*   hr_table_create(NULL, &files);                                              *|
|*                                                                               *|
|*   hr_handle h;                                                                *|
|*   hr_insert(files, file_type, fopen("a.txt", "r"), &h);                       *|
|*   hr_pin pin;                                                                 *|
|*   void *f;                                                                    *|
|*   if (hr_acquire(files, h, file_type, &f, &pin) == HR_OK) {                   *|
|*     read_from(f);                                                             *|
|*     hr_release(&pin);                                                         *|
|*   }                                                                           *|
|*   hr_close(files, h, HR_COMPLETED);    HR_OK                                  *|
|*   hr_close(files, h, HR_COMPLETED);    HR_STALE_HANDLE                        *|
|*   hr_table_destroy(files, HR_CLOSE_ALL);                                      *|
|*                                                                               *|
|* Errors are negative; hr_last_error() has the story. Thread safety: everything *|
|* but hr_table_destroy; callbacks run without a lock and may call back. No      *|
|* function lets an exception out. Structs begin with their size, so that older  *|
|* callers stay valid. Async-signal-safe: hr_strerror and hr_release of a handle *|
|* that is still open.                                                           *|
\*===----------------------------------------------------------------------===*/
#ifndef HANDRAIL_HANDRAIL_H
#define HANDRAIL_HANDRAIL_H

#include "config.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t hr_handle; /* 0 is none */
typedef struct hr_table hr_table;

enum {
  HR_OK = 0,
  HR_INVALID_HANDLE = -1,
  HR_STALE_HANDLE = -2,
  HR_WRONG_TYPE = -3,
  HR_WRONG_TABLE = -4,
  HR_BUSY = -5,
  HR_SHARED = -6,
  HR_REFCOUNT_OVERFLOW = -8,
  HR_IDS_EXHAUSTED = -9,
  HR_ALREADY_REGISTERED = -10,
  HR_RELEASE_FAILED = -14,
  HR_OUT_OF_MEMORY = -16,
  HR_SEALED = -12,
  HR_INVALID_ARGUMENT = -18,
  HR_WRONG_OWNER = -19
};

/* How the work ended that an object was for. */
enum { HR_COMPLETED = 0, HR_FAILED = 1, HR_CANCELLED = 2 };

/* Which ids a table hands out: handle.h has the details. */
enum { HR_NATIVE64 = 0, HR_JS53 = 1, HR_SMI31 = 2, HR_COUNTER32 = 3 };

typedef struct hr_type {
  uint32_t size;    /* sizeof(hr_type) */
  uint32_t abi;     /* 0 */
  const char *name; /* copied */
  /* Runs once, when the last handle of the object is closed. May be null. */
  void (*close)(void *object, int exit_case, void *context);
  /* Runs when nothing uses the object any more, also after a take. May be null. */
  void (*destroy)(void *object, void *context);
  void *context;
} hr_type;

typedef struct hr_table_options {
  uint32_t size; /* sizeof(hr_table_options) */
  uint32_t layout;
  const char *name;  /* copied; may be null */
  uint64_t capacity; /* 0 is no limit */
} hr_table_options;

/* One use of an object. Belongs to whoever acquired it, and is not copied. */
typedef struct hr_pin {
  void *words[2];
} hr_pin;

typedef struct hr_info {
  uint32_t size; /* set by the caller to sizeof(hr_info) */
  uint32_t type;
  char opened[240]; /* where, empty if unknown */
} hr_info;

typedef struct hr_error {
  uint32_t size; /* sizeof(hr_error) of the library */
  int code;
  hr_handle handle;
  char message[500];
} hr_error;

HANDRAIL_API int hr_type_register(const hr_type *type, uint32_t *out_type);
HANDRAIL_API int hr_table_create(const hr_table_options *options, hr_table **out);
/* What becomes of open handles. Pins stay valid. */
enum {
  HR_CLOSE_ALL = 0,  /* the close hooks run, and are told HR_COMPLETED */
  HR_CANCEL_ALL = 1, /* the same, and HR_CANCELLED */
  HR_REFUSE = 2      /* HR_BUSY while there are any, and the table stays */
};
HANDRAIL_API int hr_table_destroy(hr_table *table, int policy);

/* On failure the object is still the caller's. */
HANDRAIL_API int hr_insert(hr_table *table, uint32_t type, void *object, hr_handle *out);
/* The same with the place that stories and reports name; see HR_INSERT. */
HANDRAIL_API int hr_insert_at(hr_table *table, uint32_t type, void *object, hr_handle *out,
                              const char *file, int line, const char *function);
#define HR_INSERT(table, type, object, out)                                                        \
  hr_insert_at(table, type, object, out, __FILE__, __LINE__, __func__)
/* Every acquire has a release. */
HANDRAIL_API int hr_acquire(hr_table *table, hr_handle handle, uint32_t type, void **object,
                            hr_pin *pin);
HANDRAIL_API void hr_release(hr_pin *pin);
HANDRAIL_API int hr_close(hr_table *table, hr_handle handle, int exit_case);
HANDRAIL_API int hr_close_at(hr_table *table, hr_handle handle, int exit_case, const char *file,
                             int line, const char *function);
#define HR_CLOSE(table, handle, exit_case)                                                         \
  hr_close_at(table, handle, exit_case, __FILE__, __LINE__, __func__)
/* Removes the entry without closing or destroying the object, which is the
   caller's. HR_BUSY while it is acquired, HR_SHARED with other handles. */
HANDRAIL_API int hr_take(hr_table *table, hr_handle handle, uint32_t type, void **object);
HANDRAIL_API int hr_dup(hr_table *table, hr_handle handle, hr_handle *out);
HANDRAIL_API int hr_get_info(hr_table *table, hr_handle handle, hr_info *out);
HANDRAIL_API size_t hr_size(hr_table *table);

/* Raw handles of other libraries in the ledger: what was opened and is to be
   closed. The kind is the caller's number. Weak, so that code may be compiled
   with them and run without the library: use the macros. */
int hr_note_open(int kind, intptr_t raw, const char *what) __attribute__((weak));
int hr_note_close(int kind, intptr_t raw) __attribute__((weak));
/* The handle was seen in good health; the hint says where, and a leak report names
   the last one. HR_INVALID_HANDLE for one that is not open. */
int hr_touch(int kind, intptr_t raw, const char *hint) __attribute__((weak));
/* Who owns a noted handle is a number that is not 0. Changes it from expect to tag,
   unless it is another; the number before, or HR_NO_HANDLE. A handle with an owner
   is not closed by others: hr_note_close is then HR_WRONG_OWNER, until the owner has
   given it back (tag 0). */
uint64_t hr_owner_exchange(int kind, intptr_t raw, uint64_t expect, uint64_t tag)
    __attribute__((weak));
#define HR_NO_HANDLE UINT64_MAX
#define HR_NOTE_OPEN(kind, raw, what) (hr_note_open ? hr_note_open(kind, raw, what) : HR_OK)
#define HR_NOTE_CLOSE(kind, raw) (hr_note_close ? hr_note_close(kind, raw) : HR_OK)
#define HR_TOUCH(kind, raw, hint) (hr_touch ? hr_touch(kind, raw, hint) : HR_OK)
#define HR_OWNER_EXCHANGE(kind, raw, expect, tag)                                                  \
  (hr_owner_exchange ? hr_owner_exchange(kind, raw, expect, tag) : (expect))

enum { HR_TEXT = 0, HR_JSON_LINES = 1, HR_DOCUMENT = 2 }; /* the last for `handrail report` */
enum { HR_REPORT_ALWAYS = 1 }; /* says also that nothing is open (HR_TEXT) */
/* Prints what is open to a file descriptor. How many handles that is, or negative. */
HANDRAIL_API int hr_report(int descriptor, int format, uint32_t flags);
/* How many handles are open, of tables and noted ones; as often as one likes. */
HANDRAIL_API int hr_leak_check(void);

/* Which test this thread works for: handles that it opens are reported with the test's
   name. Begins one (a number of its own, also when the name was there before), ends it,
   asks for it, and works for the test of another thread. See testing.h. */
HANDRAIL_API uint32_t hr_test_begin(const char *name);
HANDRAIL_API void hr_test_end(void);
HANDRAIL_API uint32_t hr_test_current(void);
HANDRAIL_API void hr_test_inherit(uint32_t test);

HANDRAIL_API const char *hr_strerror(int code);
/* The last error of this thread; never null. */
HANDRAIL_API const hr_error *hr_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
