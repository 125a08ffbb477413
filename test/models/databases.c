// RUN: %check_handrail %s
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef struct MYSQL MYSQL;
typedef struct MYSQL_RES MYSQL_RES;
typedef struct redisContext { int err; } redisContext;
typedef struct MDB_env MDB_env;
typedef struct MDB_txn MDB_txn;
typedef struct leveldb_t leveldb_t;
typedef struct leveldb_readoptions_t leveldb_readoptions_t;
typedef struct leveldb_iterator_t leveldb_iterator_t;
PGconn *PQconnectdb(const char *info);
int PQstatus(const PGconn *c);
void PQfinish(PGconn *c);
PGresult *PQexec(PGconn *c, const char *query);
int PQresultStatus(const PGresult *r);
void PQclear(PGresult *r);
MYSQL *mysql_init(MYSQL *m);
MYSQL *mysql_real_connect(MYSQL *m, const char *host, const char *user, const char *password, const char *db, unsigned port,
                          const char *socket, unsigned long flags);
int mysql_query(MYSQL *m, const char *query);
MYSQL_RES *mysql_store_result(MYSQL *m);
char **mysql_fetch_row(MYSQL_RES *r);
void mysql_free_result(MYSQL_RES *r);
void mysql_close(MYSQL *m);
redisContext *redisConnect(const char *host, int port);
void *redisCommand(redisContext *c, const char *format, ...);
void freeReplyObject(void *r);
void redisFree(redisContext *c);
int mdb_env_create(MDB_env **e);
int mdb_env_open(MDB_env *e, const char *path, unsigned flags, unsigned mode);
void mdb_env_close(MDB_env *e);
int mdb_txn_begin(MDB_env *e, MDB_txn *parent, unsigned flags, MDB_txn **t);
int mdb_dbi_open(MDB_txn *t, const char *name, unsigned flags, unsigned *dbi);
int mdb_txn_commit(MDB_txn *t);
void mdb_txn_abort(MDB_txn *t);
leveldb_iterator_t *leveldb_create_iterator(leveldb_t *db, const leveldb_readoptions_t *o);
unsigned char leveldb_iter_valid(const leveldb_iterator_t *i);
void leveldb_iter_destroy(leveldb_iterator_t *i);

int not_finished_when_connecting_fails(const char *info) {
  PGconn *c = PQconnectdb(info);
  if (!c || PQstatus(c) != 0)
    return -1; // expect: missing-close: connection 'c'
  PQfinish(c);
  return 0;
}

int lost_result(PGconn *c) {
  PGresult *r = PQexec(c, "select 1");
  if (PQresultStatus(r) != 2)
    return -1; // expect: missing-close: result 'r'
  PQclear(r);
  return 0;
}

int right(const char *info) {
  PGconn *c = PQconnectdb(info);
  int status = -1;
  if (c && PQstatus(c) == 0) {
    PGresult *r = PQexec(c, "select 1");
    status = PQresultStatus(r);
    PQclear(r);
  }
  PQfinish(c);
  return status;
}

int lost_rows(const char *host) {
  MYSQL *m = mysql_init(0);
  if (!m)
    return -1;
  if (!mysql_real_connect(m, host, "u", "p", "d", 0, 0, 0) || mysql_query(m, "select 1") != 0) {
    mysql_close(m);
    return -1;
  }
  MYSQL_RES *r = mysql_store_result(m);
  if (!r) {
    mysql_close(m);
    return -1;
  }
  char **row = mysql_fetch_row(r);
  mysql_close(m);
  return row != 0; // expect: missing-close: result 'r'
}

int lost_when_connecting_fails(const char *host) {
  MYSQL *m = mysql_init(0);
  if (!m)
    return -1;
  if (!mysql_real_connect(m, host, "u", "p", "d", 0, 0, 0))
    return -1; // expect: missing-close: connection 'm'
  mysql_close(m);
  return 0;
}

struct pool {
  int busy;
  char mysql[64];
};

int right_again(struct pool *p, const char *host) {
  MYSQL *m = (MYSQL *)p->mysql;
  mysql_close(m);
  mysql_init(m);
  if (!mysql_real_connect(m, host, "u", "p", "d", 0, 0, 0)) {
    mysql_close(m);
    return -1;
  }
  return 0;
}

int lost_context(const char *host) {
  redisContext *c = redisConnect(host, 6379);
  if (!c || c->err)
    return -1; // expect: missing-close: connection 'c'
  void *reply = redisCommand(c, "PING");
  freeReplyObject(reply);
  redisFree(c);
  return 0;
}

int lost_environment(const char *path) {
  MDB_env *e;
  if (mdb_env_create(&e) != 0)
    return -1;
  if (mdb_env_open(e, path, 0, 0600) != 0)
    return -1; // expect: missing-close: environment 'e'
  mdb_env_close(e);
  return 0;
}

int aborted_after_commit(MDB_env *e) {
  MDB_txn *t;
  unsigned dbi;
  if (mdb_txn_begin(e, 0, 0, &t) != 0)
    return -1;
  if (mdb_dbi_open(t, 0, 0, &dbi) != 0) {
    mdb_txn_abort(t);
    return -1;
  }
  if (mdb_txn_commit(t) != 0)
    mdb_txn_abort(t); // expect: double-close: 't'
  return 0;
}

int lost_iterator(leveldb_t *db, const leveldb_readoptions_t *o) {
  leveldb_iterator_t *i = leveldb_create_iterator(db, o);
  return leveldb_iter_valid(i); // expect: missing-close: iterator 'i'
}

int right_iterator(leveldb_t *db, const leveldb_readoptions_t *o) {
  leveldb_iterator_t *i = leveldb_create_iterator(db, o);
  int valid = leveldb_iter_valid(i);
  leveldb_iter_destroy(i);
  return valid;
}
