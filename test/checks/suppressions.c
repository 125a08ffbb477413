// Comments that ask for silence, through both front doors.
// RUN: %check_handrail %s
// RUN: %check_tidy %s
int open(const char *name, int flags, ...);
int close(int fd);

void plain(void) {
  int fd = open("a", 0);
} // expect: missing-close

void nolint(void) {
  int fd = open("a", 0);
} // NOLINT(handrail-missing-close)

void nolint_all(void) {
  int fd = open("a", 0);
} // NOLINT

void nolint_next_line(void) {
  int fd = open("a", 0);
  // NOLINTNEXTLINE(handrail-*)
}

// NOLINTBEGIN(handrail-missing-close)
void nolint_block(void) {
  int fd = open("a", 0);
}
// NOLINTEND(handrail-missing-close)

void another_check(void) {
  int fd = open("a", 0);
} // NOLINT(handrail-double-close) // expect: missing-close

void at_the_loss(void) {
  int fd = open("a", 0);
} // handrail: ignore(missing-close): the process ends here

void at_the_acquire(void) {
  int fd = open("a", 0); // handrail: ignore(missing-close): lives as long as the process
}

void above(void) {
  // handrail: ignore(missing-close, double-close): lives as long as the process,
  // which everybody knows
  int fd = open("a", 0);
}

// A reason is required.
void without_reason(void) {
  int fd = open("a", 0); // handrail: ignore(missing-close) // note: is not heeded, since it gives no reason
} // expect: missing-close

void for_another_line(void) {
  int fd = open("a", 0);
  // handrail: ignore(missing-close): of the next line of code
  int other = open("b", 0);
} // expect: missing-close: 'fd'
