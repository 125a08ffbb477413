// RUN: %check_handrail %s
typedef void CURL;
typedef struct CURLM CURLM;
typedef struct curl_mime curl_mime;
typedef struct CURLU CURLU;
struct curl_slist;
CURL *curl_easy_init(void);
int curl_easy_setopt(CURL *curl, int option, ...);
int curl_easy_perform(CURL *curl);
void curl_easy_cleanup(CURL *curl);
struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text);
void curl_slist_free_all(struct curl_slist *list);
CURLM *curl_multi_init(void);
int curl_multi_add_handle(CURLM *multi, CURL *easy);
int curl_multi_perform(CURLM *multi, int *running);
int curl_multi_cleanup(CURLM *multi);
curl_mime *curl_mime_init(CURL *easy);
void *curl_mime_addpart(curl_mime *mime);
int curl_mime_subparts(void *part, curl_mime *parts);
int curl_mime_headers(void *part, struct curl_slist *headers, int take_ownership);
void curl_mime_free(curl_mime *mime);
CURLU *curl_url(void);
int curl_url_set(CURLU *u, int what, const char *part, unsigned flags);
void curl_url_cleanup(CURLU *u);
typedef struct _IO_FILE FILE;
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);
enum { WRITEDATA = 10001, URL = 10002, HTTPHEADER = 10023, MIMEPOST = 10269 };

int lost(const char *url) {
  CURL *c = curl_easy_init();
  if (!c)
    return -1;
  curl_easy_setopt(c, URL, url);
  if (curl_easy_perform(c) != 0)
    return -1; // expect: missing-close: easy handle 'c'
  curl_easy_cleanup(c);
  return 0;
}

void ok_null_is_refused(const char *url) {
  CURL *c = curl_easy_init();
  curl_easy_setopt(c, URL, url);
  curl_easy_cleanup(c);
}

int after(const char *url) {
  CURL *c = curl_easy_init();
  if (!c)
    return -1;
  curl_easy_setopt(c, URL, url);
  curl_easy_cleanup(c);
  return curl_easy_perform(c); // expect: use-after-close: 'c'
}

// The transfer uses the list; it does not free it.
int lost_list(const char *url) {
  CURL *c = curl_easy_init();
  if (!c)
    return -1;
  struct curl_slist *headers = curl_slist_append(0, "Accept: text/plain");
  headers = curl_slist_append(headers, "X-A: b");
  curl_easy_setopt(c, HTTPHEADER, headers);
  int status = curl_easy_perform(c);
  curl_easy_cleanup(c);
  return status; // expect: missing-close: string list 'headers'
}

int right_list(const char *url, const char *const *fields, int n) {
  struct curl_slist *headers = 0;
  int status = -1;
  CURL *c = curl_easy_init();
  for (int i = 0; i < n; i++)
    headers = curl_slist_append(headers, fields[i]);
  if (c) {
    curl_easy_setopt(c, URL, url);
    curl_easy_setopt(c, HTTPHEADER, headers);
    status = curl_easy_perform(c);
    curl_easy_cleanup(c);
  }
  curl_slist_free_all(headers);
  return status;
}

// Whether data of the transfer is still needed is not known.
int right_file(const char *url, const char *path) {
  CURL *c = curl_easy_init();
  FILE *f = fopen(path, "w");
  if (c && f) {
    curl_easy_setopt(c, WRITEDATA, f);
    curl_easy_perform(c);
  }
  if (f)
    fclose(f);
  curl_easy_cleanup(c);
  return 0;
}

void lost_multi(int *running) {
  CURLM *m = curl_multi_init();
  if (!m)
    return;
  curl_multi_perform(m, running);
} // expect: missing-close: multi handle 'm'

// The easy handle comes back when its transfer is over.
int right_multi(CURLM *m, const char *url) {
  CURL *c = curl_easy_init();
  if (!c)
    return -1;
  curl_easy_setopt(c, URL, url);
  if (curl_multi_add_handle(m, c) != 0) {
    curl_easy_cleanup(c);
    return -1;
  }
  return 0;
}

void right_unchecked_multi(CURLM *m, const char *url) {
  CURL *c = curl_easy_init();
  curl_easy_setopt(c, URL, url);
  curl_multi_add_handle(m, c);
}

void right_null_multi(CURL *c, int *running) {
  CURLM *m = curl_multi_init();
  curl_multi_add_handle(m, c);
  curl_multi_perform(m, running);
  curl_multi_cleanup(m);
}

void right_headers_of_a_part(void *part) {
  struct curl_slist *list = curl_slist_append(0, "Content-Disposition: inline");
  curl_mime_headers(part, list, 1);
}

void lost_headers_of_a_part(void *part) {
  struct curl_slist *list = curl_slist_append(0, "Content-Disposition: inline");
  curl_mime_headers(part, list, 0);
} // expect: missing-close: string list 'list'

int lost_form(CURL *c) {
  curl_mime *form = curl_mime_init(c);
  curl_easy_setopt(c, MIMEPOST, form);
  return curl_easy_perform(c); // expect: missing-close: mime form 'form'
}

int right_form(CURL *c) {
  curl_mime *form = curl_mime_init(c), *inner = curl_mime_init(c);
  if (curl_mime_subparts(curl_mime_addpart(form), inner) != 0)
    curl_mime_free(inner);
  curl_easy_setopt(c, MIMEPOST, form);
  int status = curl_easy_perform(c);
  curl_mime_free(form);
  return status;
}

int lost_url(const char *text) {
  CURLU *u = curl_url();
  if (curl_url_set(u, 0, text, 0) != 0)
    return -1; // expect: missing-close: URL handle 'u'
  curl_url_cleanup(u);
  return 0;
}
