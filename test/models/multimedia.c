// RUN: %check_handrail %s
typedef struct SDL_Window SDL_Window;
typedef struct SDL_Renderer SDL_Renderer;
typedef struct snd_pcm snd_pcm_t;
typedef struct _XDisplay Display;
typedef struct libusb_device_handle libusb_device_handle;
typedef struct drmModeRes drmModeRes;
SDL_Window *SDL_CreateWindow(const char *title, int x, int y, int w, int h, unsigned flags);
SDL_Renderer *SDL_CreateRenderer(SDL_Window *w, int index, unsigned flags);
void SDL_DestroyRenderer(SDL_Renderer *r);
void SDL_DestroyWindow(SDL_Window *w);
int snd_pcm_open(snd_pcm_t **p, const char *name, int stream, int mode);
int snd_pcm_prepare(snd_pcm_t *p);
int snd_pcm_close(snd_pcm_t *p);
Display *XOpenDisplay(const char *name);
int XFlush(Display *d);
int XConnectionNumber(Display *d);
int XCloseDisplay(Display *d);
int libusb_open(void *device, libusb_device_handle **h);
int libusb_claim_interface(libusb_device_handle *h, int n);
void libusb_close(libusb_device_handle *h);
int drmOpen(const char *name, const char *bus);
drmModeRes *drmModeGetResources(int fd);
void drmModeFreeResources(drmModeRes *r);
int close(int fd);

int lost_window(void) {
  SDL_Window *w = SDL_CreateWindow("a", 0, 0, 1, 1, 0);
  if (!w)
    return -1;
  SDL_Renderer *r = SDL_CreateRenderer(w, -1, 0);
  if (!r)
    return -1; // expect: missing-close: window 'w'
  SDL_DestroyRenderer(r);
  SDL_DestroyWindow(w);
  return 0;
}

// The renderer goes with its window.
int right_window(void) {
  SDL_Window *w = SDL_CreateWindow("a", 0, 0, 1, 1, 0);
  if (!w)
    return -1;
  SDL_Renderer *r = SDL_CreateRenderer(w, -1, 0);
  SDL_DestroyWindow(w);
  return r != 0;
}

int lost_device(void) {
  snd_pcm_t *p;
  if (snd_pcm_open(&p, "default", 0, 0) < 0)
    return -1;
  if (snd_pcm_prepare(p) < 0)
    return -1; // expect: missing-close: PCM device 'p'
  return snd_pcm_close(p);
}

int right_device(void) {
  snd_pcm_t *p;
  if (snd_pcm_open(&p, "default", 0, 0) < 0)
    return -1;
  int status = snd_pcm_prepare(p);
  snd_pcm_close(p);
  return status;
}

int unchecked_display(void) {
  Display *d = XOpenDisplay(0);
  XFlush(d); // expect: unchecked-handle: 'd'
  return XCloseDisplay(d);
}

int borrowed(void) {
  Display *d = XOpenDisplay(0);
  if (!d)
    return -1;
  close(XConnectionNumber(d)); // expect: mismatched-close
  return XCloseDisplay(d);
}

int lost_usb(void *device) {
  libusb_device_handle *h;
  if (libusb_open(device, &h) != 0)
    return -1;
  if (libusb_claim_interface(h, 0) != 0)
    return -1; // expect: missing-close: USB device handle 'h'
  libusb_close(h);
  return 0;
}

int lost_card(void) {
  int fd = drmOpen("x", 0);
  if (fd < 0)
    return -1;
  drmModeRes *r = drmModeGetResources(fd);
  if (!r)
    return -1; // expect: missing-close: 'fd'
  drmModeFreeResources(r);
  return close(fd);
}
