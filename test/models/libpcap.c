// RUN: %check_handrail %s
typedef struct pcap pcap_t;
typedef struct pcap_dumper pcap_dumper_t;
typedef struct pcap_if pcap_if_t;
struct bpf_program { unsigned n; void *code; };
typedef struct _IO_FILE FILE;
pcap_t *pcap_open_live(const char *device, int n, int promiscuous, int wait, char *error);
pcap_t *pcap_fopen_offline(FILE *f, char *error);
int pcap_compile(pcap_t *p, struct bpf_program *f, const char *text, int optimize, unsigned mask);
int pcap_setfilter(pcap_t *p, struct bpf_program *f);
void pcap_freecode(struct bpf_program *f);
pcap_dumper_t *pcap_dump_open(pcap_t *p, const char *path);
void pcap_dump_close(pcap_dumper_t *d);
int pcap_findalldevs(pcap_if_t **list, char *error);
void pcap_freealldevs(pcap_if_t *list);
void pcap_close(pcap_t *p);
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);

int lost(const char *device, char *error) {
  struct bpf_program f;
  pcap_t *p = pcap_open_live(device, 100, 1, 10, error);
  if (!p)
    return -1;
  if (pcap_compile(p, &f, "tcp", 1, 0) != 0)
    return -1; // expect: missing-close: capture 'p'
  pcap_setfilter(p, &f);
  pcap_freecode(&f);
  pcap_close(p);
  return 0;
}

int right(const char *device, const char *path, char *error) {
  pcap_t *p = pcap_open_live(device, 100, 1, 10, error);
  if (!p)
    return -1;
  pcap_dumper_t *d = pcap_dump_open(p, path);
  if (d)
    pcap_dump_close(d);
  pcap_close(p);
  return 0;
}

int lost_dumper(pcap_t *p, const char *path) {
  pcap_dumper_t *d = pcap_dump_open(p, path);
  if (!d)
    return -1;
  return 0; // expect: missing-close: capture file 'd'
}

int closed_with_the_capture(const char *path, char *error) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  pcap_t *p = pcap_fopen_offline(f, error);
  if (!p)
    return -1; // expect: missing-close: stream 'f'
  pcap_close(p);
  return fclose(f); // expect: double-close: 'f'
}

int lost_list(char *error) {
  pcap_if_t *list;
  if (pcap_findalldevs(&list, error) != 0)
    return -1;
  return list != 0; // expect: missing-close: 'list'
}
