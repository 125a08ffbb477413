// RUN: %check_handrail %s
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
typedef struct bignum_st BIGNUM;
typedef struct rsa_st RSA;
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *c);
int EVP_DigestInit_ex(EVP_MD_CTX *c, const void *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, unsigned long n);
EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *c);
int EVP_EncryptUpdate(EVP_CIPHER_CTX *c, unsigned char *out, int *n, const unsigned char *in, int size);
EVP_PKEY *EVP_PKEY_new(void);
void EVP_PKEY_free(EVP_PKEY *k);
int EVP_PKEY_assign(EVP_PKEY *k, int type, void *key);
RSA *EVP_PKEY_get1_RSA(EVP_PKEY *k);
EVP_PKEY_CTX *EVP_PKEY_CTX_new_id(int id, void *engine);
int EVP_PKEY_keygen(EVP_PKEY_CTX *c, EVP_PKEY **k);
void EVP_PKEY_CTX_free(EVP_PKEY_CTX *c);
BIGNUM *BN_new(void);
void BN_free(BIGNUM *n);
int BN_set_word(BIGNUM *n, unsigned long w);
int BN_hex2bn(BIGNUM **n, const char *text);
RSA *RSA_new(void);
void RSA_free(RSA *r);
int RSA_generate_key_ex(RSA *r, int bits, BIGNUM *e, void *cb);
int RSA_set0_key(RSA *r, BIGNUM *n, BIGNUM *e, BIGNUM *d);

int lost_digest(const void *type, const char *data) {
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  if (EVP_DigestInit_ex(c, type, 0) != 1)
    return -1; // expect: missing-close: digest context 'c'
  EVP_DigestUpdate(c, data, 1);
  EVP_MD_CTX_free(c);
  return 0;
}

int right_digest(const void *type, const char *data) {
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  int ok = c && EVP_DigestInit_ex(c, type, 0) == 1 && EVP_DigestUpdate(c, data, 1) == 1;
  EVP_MD_CTX_free(c);
  return ok;
}

int twice(unsigned char *out, int *n) {
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  if (!c)
    return -1;
  if (EVP_EncryptUpdate(c, out, n, out, 1) != 1)
    EVP_CIPHER_CTX_free(c);
  EVP_CIPHER_CTX_free(c); // expect: double-close: 'c'
  return 0;
}

EVP_PKEY *right_generated(int id) {
  EVP_PKEY *k = 0;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(id, 0);
  if (c && EVP_PKEY_keygen(c, &k) <= 0)
    k = 0;
  EVP_PKEY_CTX_free(c);
  return k;
}

int lost_generated(EVP_PKEY_CTX *c) {
  EVP_PKEY *k = EVP_PKEY_new();
  if (EVP_PKEY_keygen(c, &k) <= 0) {
    EVP_PKEY_free(k);
    return -1;
  }
  return 0; // expect: missing-close: key 'k'
}

int lost_rsa(EVP_PKEY *k) {
  RSA *r = EVP_PKEY_get1_RSA(k);
  return r != 0; // expect: missing-close: RSA key 'r'
}

int lost_number(const char *text) {
  BIGNUM *n = 0;
  if (!BN_hex2bn(&n, text))
    return -1;
  return BN_set_word(n, 1); // expect: missing-close: big number 'n'
}

EVP_PKEY *right_assigned(void) {
  EVP_PKEY *k = EVP_PKEY_new();
  RSA *r = RSA_new();
  BIGNUM *e = BN_new();
  if (!k || !r || !e || !BN_set_word(e, 65537) || !RSA_generate_key_ex(r, 2048, e, 0) || !EVP_PKEY_assign(k, 6, r)) {
    EVP_PKEY_free(k);
    RSA_free(r);
    BN_free(e);
    return 0;
  }
  BN_free(e);
  return k;
}

int lost_when_not_taken(RSA *r) {
  BIGNUM *n = BN_new(), *e = BN_new();
  if (!RSA_set0_key(r, n, e, 0)) {
    BN_free(n);
    return -1; // expect: missing-close: big number 'e'
  }
  return 0;
}

int freed_with_the_key(void) {
  RSA *r = RSA_new();
  BIGNUM *n = BN_new(), *e = BN_new();
  if (!RSA_set0_key(r, n, e, 0)) {
    BN_free(n);
    BN_free(e);
    RSA_free(r);
    return -1;
  }
  RSA_free(r);
  BN_free(n); // expect: double-close: 'n'
  return 0;
}
