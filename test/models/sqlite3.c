// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_blob sqlite3_blob;
typedef struct sqlite3_backup sqlite3_backup;
int sqlite3_open(const char *name, sqlite3 **db);
int sqlite3_close(sqlite3 *db);
int sqlite3_close_v2(sqlite3 *db);
int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int size, sqlite3_stmt **stmt, const char **tail);
int sqlite3_step(sqlite3_stmt *stmt);
int sqlite3_finalize(sqlite3_stmt *stmt);
sqlite3 *sqlite3_db_handle(sqlite3_stmt *stmt);
const char *sqlite3_errmsg(sqlite3 *db);
int sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *data, char **error);
int sqlite3_blob_open(sqlite3 *db, const char *in, const char *table, const char *column, long long row, int flags,
                      sqlite3_blob **blob);
int sqlite3_blob_close(sqlite3_blob *blob);
sqlite3_backup *sqlite3_backup_init(sqlite3 *to, const char *name, sqlite3 *from, const char *from_name);
int sqlite3_backup_step(sqlite3_backup *backup, int pages);
int sqlite3_backup_finish(sqlite3_backup *backup);

int not_closed_when_opening_fails(const char *name) {
  sqlite3 *db;
  if (sqlite3_open(name, &db) != 0)
    return -1; // expect: missing-close: 'db'
  sqlite3_close(db);
  return 0;
}

int lost_statement(sqlite3 *db) {
  sqlite3_stmt *stmt = 0;
  if (sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) != 0)
    return -1;
  if (sqlite3_step(stmt) != 100)
    return -1; // expect: missing-close: statement 'stmt'
  return sqlite3_finalize(stmt);
}

int step_after_finalize(sqlite3 *db) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) != 0)
    return -1;
  sqlite3_finalize(stmt);
  return sqlite3_step(stmt); // expect: use-after-close: 'stmt'
}

int borrowed_database(sqlite3_stmt *stmt) {
  return sqlite3_close(sqlite3_db_handle(stmt)); // expect: mismatched-close
}

int right(const char *name) {
  sqlite3 *db;
  sqlite3_stmt *stmt = 0;
  int status = -1;
  if (sqlite3_open(name, &db) == 0 && sqlite3_exec(db, "pragma x", 0, 0, 0) == 0 &&
      sqlite3_prepare_v2(db, "select 1", -1, &stmt, 0) == 0)
    status = sqlite3_step(stmt);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return status;
}

// Closing fails while statements are unfinished.
void right_when_busy(const char *name) {
  sqlite3 *db;
  sqlite3_open(name, &db);
  if (sqlite3_close(db) == 5)
    sqlite3_close_v2(db);
}

int lost_blob(sqlite3 *db) {
  sqlite3_blob *blob;
  if (sqlite3_blob_open(db, "main", "t", "c", 1, 0, &blob))
    return -1;
  return sqlite3_errmsg(db)[0]; // expect: missing-close: 'blob'
}

int right_blob(sqlite3 *db) {
  sqlite3_blob *blob;
  if (sqlite3_blob_open(db, "main", "t", "c", 1, 0, &blob))
    return -1;
  return sqlite3_blob_close(blob);
}

int lost_backup(sqlite3 *to, sqlite3 *from) {
  sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
  if (!b)
    return -1;
  if (sqlite3_backup_step(b, -1) != 101)
    return -1; // expect: missing-close: backup 'b'
  return sqlite3_backup_finish(b);
}
