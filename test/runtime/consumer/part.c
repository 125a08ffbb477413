/* The C interface, in C11: every call once, and what is refused. */
#include <handrail/handrail.h>

#include <string.h>

static int closed, destroyed;
static void on_close(void *object, int exit_case, void *context) {
  (void)context;
  closed += *(int *)object + exit_case;
}
static void on_destroy(void *object, void *context) {
  (void)object;
  (void)context;
  ++destroyed;
}

int c_part(void) {
  static int object = 10;
  hr_type type = {sizeof(hr_type), 0, "number", on_close, on_destroy, NULL};
  hr_table_options options = {sizeof(hr_table_options), HR_JS53, "numbers", 0};
  uint32_t number = 0, other = 0;
  hr_table *table = NULL;
  hr_handle h = 0, second = 0;
  hr_pin pin;
  void *found = NULL;
  int open_now = 0;
  hr_info info = {sizeof(hr_info), 0, ""};
  if (hr_type_register(&type, &number) || hr_type_register(&type, &other) || number == other)
    return 1;
  if (hr_table_create(&options, &table) || HR_INSERT(table, number, &object, &h) || h >> 53)
    return 2;
  if (hr_acquire(table, h, number, &found, &pin) || found != &object)
    return 3;
  if (hr_acquire(table, h, other, &found, &pin + 0) != HR_WRONG_TYPE)
    return 4;
  if (hr_take(table, h, number, &found) != HR_BUSY)
    return 5;
  hr_release(&pin);
  hr_release(&pin); /* harmless */
  if (hr_get_info(table, h, &info) || info.type != number || !strstr(info.opened, "part.c"))
    return 6;
  if (hr_dup(table, h, &second) || hr_size(table) != 2)
    return 7;
  if (hr_take(table, h, number, &found) != HR_SHARED)
    return 8;
  if (HR_CLOSE(table, h, HR_FAILED) || closed != 0 || hr_close(table, second, HR_FAILED) ||
      closed != 11 || destroyed != 1)
    return 9;
  if (hr_close(table, h, HR_COMPLETED) != HR_STALE_HANDLE ||
      !strstr(hr_last_error()->message, "part.c") || hr_last_error()->handle != h)
    return 10;
  if (hr_insert(table, number, &object, &h) || hr_take(table, h, number, &found) ||
      found != &object || destroyed != 1 || closed != 11)
    return 11;
  if (hr_insert(table, 99, &object, &h) != HR_INVALID_ARGUMENT || hr_close(table, 0, 0) == HR_OK)
    return 12;
  if (strcmp(hr_strerror(HR_BUSY), "busy") != 0)
    return 13;
  if (HR_NOTE_OPEN(1, 5, "socket") || HR_NOTE_CLOSE(1, 5))
    return 14;
  if (HR_TOUCH(1, 5, "late") != HR_INVALID_HANDLE || HR_NOTE_OPEN(1, 6, "socket") ||
      HR_TOUCH(1, 6, "in use") || HR_OWNER_EXCHANGE(1, 6, 0, 42) != 0 ||
      HR_OWNER_EXCHANGE(1, 6, 7, 8) != 42 || HR_NOTE_CLOSE(1, 6) != HR_WRONG_OWNER ||
      HR_OWNER_EXCHANGE(1, 6, 42, 0) != 42 || HR_OWNER_EXCHANGE(1, 99, 0, 1) != HR_NO_HANDLE)
    return 15;
  open_now = hr_leak_check();
  if (open_now < 1 || hr_report(1, 99, 0) != HR_INVALID_ARGUMENT || HR_NOTE_CLOSE(1, 6) ||
      hr_leak_check() != open_now - 1)
    return 16;
  if (hr_insert(table, number, &object, &h) || hr_table_destroy(table, HR_REFUSE) != HR_BUSY ||
      hr_table_destroy(table, 9) != HR_INVALID_ARGUMENT)
    return 17;
  closed = 0;
  if (hr_table_destroy(table, HR_CANCEL_ALL) || closed != 12 || destroyed != 2)
    return 18;
  if (hr_table_create(NULL, &table) || hr_last_error()->size != sizeof(hr_error))
    return 19;
  if (hr_report(-1, HR_DOCUMENT, 0) != HR_INVALID_ARGUMENT)
    return 20;
  number = hr_test_begin("a test");
  if (!number || hr_test_current() != number)
    return 21;
  hr_test_end();
  if (hr_test_current() != 0)
    return 22;
  hr_test_inherit(number);
  if (hr_test_current() != number)
    return 23;
  hr_test_inherit(0);
  return hr_table_destroy(table, HR_CLOSE_ALL);
}
