// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open(const char *name, sqlite3 **db);
int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int size, sqlite3_stmt **stmt, const char **tail);
int sqlite3_step(sqlite3_stmt *stmt);
int sqlite3_finalize(sqlite3_stmt *stmt);
int sqlite3_close(sqlite3 *db);
int sqlite3_close_v2(sqlite3 *db);

int wrong(const char *name) {
  sqlite3 *db;
  sqlite3_stmt *stmt;
  int rc = -1;
  if (sqlite3_open(name, &db) != 0) {
    sqlite3_close_v2(db);
    return -1;
  }
  if (sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) == 0) {
    rc = sqlite3_step(stmt);
    if (sqlite3_close(db) != 0)
      return -1; // expect: missing-close: 'stmt'
    sqlite3_finalize(stmt); // expect: release-order: statement 'stmt' acquired by 'sqlite3_prepare_v2' is released after what it was made from
    return rc;
  }
  sqlite3_close_v2(db);
  return rc;
}

int right(const char *name) {
  sqlite3 *db;
  sqlite3_stmt *stmt;
  int rc = -1;
  if (sqlite3_open(name, &db) == 0 && sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) == 0) {
    rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
  }
  sqlite3_close_v2(db);
  return rc;
}

// It waits for its statements.
int deferred(const char *name) {
  sqlite3 *db;
  sqlite3_stmt *stmt = 0;
  if (sqlite3_open(name, &db) == 0)
    sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0);
  sqlite3_close_v2(db);
  sqlite3_finalize(stmt);
  return 0;
}

// Another database.
void two(sqlite3 *other, const char *name) {
  sqlite3 *db;
  sqlite3_stmt *stmt = 0;
  if (sqlite3_open(name, &db) == 0)
    sqlite3_prepare_v2(other, "select 1", -1, &stmt, 0);
  sqlite3_close_v2(db);
  sqlite3_finalize(stmt);
}

// Through functions of the program.
static sqlite3_stmt *ask(sqlite3 *db) {
  sqlite3_stmt *stmt = 0;
  if (sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) != 0)
    return 0;
  return stmt;
}
int through_function(sqlite3 *db) {
  sqlite3_stmt *stmt = ask(db);
  if (!stmt)
    return -1;
  if (sqlite3_close(db) == 0) {
    sqlite3_finalize(stmt); // expect: release-order
    return 0;
  }
  sqlite3_finalize(stmt);
  return -1;
}
