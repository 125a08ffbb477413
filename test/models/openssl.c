// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct bio_st BIO;
typedef struct x509_st X509;
typedef struct x509_store_st X509_STORE;
typedef struct evp_pkey_st EVP_PKEY;
SSL_CTX *SSL_CTX_new(const void *method);
void SSL_CTX_free(SSL_CTX *ctx);
int SSL_CTX_use_certificate_file(SSL_CTX *ctx, const char *file, int type);
int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *x);
SSL *SSL_new(SSL_CTX *ctx);
void SSL_free(SSL *ssl);
void SSL_set_bio(SSL *ssl, BIO *r, BIO *w);
int SSL_set_fd(SSL *ssl, int fd);
int SSL_get_fd(const SSL *ssl);
SSL_CTX *SSL_get_SSL_CTX(const SSL *ssl);
int SSL_connect(SSL *ssl);
X509 *SSL_get1_peer_certificate(const SSL *ssl);
X509 *SSL_get0_peer_certificate(const SSL *ssl);
BIO *BIO_new(const void *method);
BIO *BIO_new_file(const char *name, const char *mode);
BIO *BIO_new_fp(void *stream, int close);
BIO *BIO_push(BIO *b, BIO *append);
int BIO_up_ref(BIO *b);
int BIO_free(BIO *b);
void BIO_free_all(BIO *b);
int BIO_write(BIO *b, const void *data, int n);
X509 *PEM_read_bio_X509(BIO *b, X509 **x, void *cb, void *u);
void X509_free(X509 *x);
int X509_check_host(X509 *x, const char *name);
int X509_STORE_add_cert(X509_STORE *s, X509 *x);
EVP_PKEY *X509_get_pubkey(X509 *x);
void EVP_PKEY_free(EVP_PKEY *k);
int close(int fd);
int socket(int domain, int type, int protocol);

SSL_CTX *lost_context(const char *file) {
  SSL_CTX *ctx = SSL_CTX_new(0);
  if (!ctx)
    return 0;
  if (SSL_CTX_use_certificate_file(ctx, file, 1) != 1)
    return 0; // expect: missing-close: TLS context 'ctx'
  return ctx;
}

SSL_CTX *right_context(const char *file) {
  SSL_CTX *ctx = SSL_CTX_new(0);
  if (!ctx)
    return 0;
  if (SSL_CTX_use_certificate_file(ctx, file, 1) != 1) {
    SSL_CTX_free(ctx);
    return 0;
  }
  return ctx;
}

int lost_connection(SSL_CTX *ctx, int fd) {
  SSL *ssl = SSL_new(ctx);
  if (!ssl)
    return -1;
  SSL_set_fd(ssl, fd);
  if (SSL_connect(ssl) != 1)
    return -1; // expect: missing-close: TLS connection 'ssl'
  SSL_free(ssl);
  return 0;
}

// Everything is reached through the connection.
SSL *right_connection(const void *method) {
  SSL_CTX *ctx = SSL_CTX_new(method);
  int fd = socket(2, 1, 0);
  if (!ctx)
    return close(fd), (SSL *)0;
  SSL *ssl = SSL_new(ctx);
  if (!ssl) {
    SSL_CTX_free(ctx);
    close(fd);
    return 0;
  }
  SSL_set_fd(ssl, fd);
  return ssl;
}

void right_end(SSL *ssl) {
  SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);
  int fd = SSL_get_fd(ssl);
  SSL_free(ssl);
  SSL_CTX_free(ctx);
  close(fd);
}

void freed_with_the_connection(SSL_CTX *ctx) {
  SSL *ssl = SSL_new(ctx);
  BIO *b = BIO_new(0);
  if (ssl && b) {
    SSL_set_bio(ssl, b, b);
    SSL_free(ssl);
    BIO_free(b); // expect: double-close: 'b'
    return;
  }
  SSL_free(ssl);
  BIO_free(b);
}

void right_shared(SSL_CTX *ctx) {
  SSL *ssl = SSL_new(ctx);
  BIO *b = BIO_new(0);
  if (ssl && b) {
    BIO_up_ref(b);
    SSL_set_bio(ssl, b, b);
    SSL_free(ssl);
    BIO_free(b);
    return;
  }
  SSL_free(ssl);
  BIO_free(b);
}

int lost_peer(const SSL *ssl, const char *name) {
  X509 *x = SSL_get1_peer_certificate(ssl);
  if (!x)
    return -1;
  return X509_check_host(x, name); // expect: missing-close: certificate 'x'
}

int right_peer(const SSL *ssl, const char *name) {
  X509 *x = SSL_get0_peer_certificate(ssl);
  return x ? X509_check_host(x, name) : -1;
}

int lost_file(const char *path, X509_STORE *store) {
  BIO *in = BIO_new_file(path, "r");
  if (!in)
    return -1;
  X509 *x = PEM_read_bio_X509(in, 0, 0, 0);
  if (!x)
    return -1; // expect: missing-close: BIO 'in'
  BIO_free(in);
  if (X509_STORE_add_cert(store, x) != 1)
    return -1; // expect: missing-close: certificate 'x'
  X509_free(x);
  return 0;
}

int right_file(const char *path, X509_STORE *store) {
  BIO *in = BIO_new_file(path, "r");
  X509 *x = in ? PEM_read_bio_X509(in, 0, 0, 0) : 0;
  int status = x ? X509_STORE_add_cert(store, x) : 0;
  X509_free(x);
  BIO_free(in);
  return status;
}

// An object that was filled is the one that was given.
int right_reused(BIO *in, X509 *x) { return PEM_read_bio_X509(in, &x, 0, 0) ? 1 : 0; }

void unchecked(const char *path) {
  BIO *out = BIO_new_file(path, "w");
  BIO_write(out, "x", 1); // expect: unchecked-handle: 'out'
  BIO_free(out);
}

void right_chain(void) {
  BIO *filter = BIO_new(0), *memory = BIO_new(0);
  if (!filter || !memory) {
    BIO_free(filter);
    BIO_free(memory);
    return;
  }
  filter = BIO_push(filter, memory);
  BIO_write(filter, "x", 1);
  BIO_free_all(filter);
}

int lost_key(X509 *x) {
  EVP_PKEY *k = X509_get_pubkey(x);
  if (!k)
    return -1;
  return 0; // expect: missing-close: key 'k'
}

// Who else counts a certificate that came in is not known.
void right_counted(X509 *x, SSL_CTX *ctx) {
  SSL_CTX_use_certificate(ctx, x);
  X509_free(x);
  X509_check_host(x, "a");
}
