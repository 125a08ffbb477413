// RUN: %check_handrail %s
typedef struct AVFormatContext AVFormatContext;
typedef struct AVCodecContext AVCodecContext;
typedef struct AVFrame AVFrame;
int avformat_open_input(AVFormatContext **c, const char *url, const void *format, void *options);
int avformat_find_stream_info(AVFormatContext *c, void *options);
void avformat_close_input(AVFormatContext **c);
AVFormatContext *avformat_alloc_context(void);
AVCodecContext *avcodec_alloc_context3(const void *codec);
int avcodec_open2(AVCodecContext *c, const void *codec, void *options);
void avcodec_free_context(AVCodecContext **c);
AVFrame *av_frame_alloc(void);
void av_frame_free(AVFrame **f);

int lost(const char *url) {
  AVFormatContext *c = 0;
  if (avformat_open_input(&c, url, 0, 0) != 0)
    return -1;
  if (avformat_find_stream_info(c, 0) < 0)
    return -1; // expect: missing-close: format context 'c'
  avformat_close_input(&c);
  return 0;
}

// A context that was given in is gone when opening fails.
int right(const char *url) {
  AVFormatContext *c = avformat_alloc_context();
  if (!c)
    return -1;
  if (avformat_open_input(&c, url, 0, 0) < 0)
    return -1;
  avformat_close_input(&c);
  return 0;
}

int lost_codec(const void *codec) {
  AVCodecContext *c = avcodec_alloc_context3(codec);
  if (!c)
    return -1;
  if (avcodec_open2(c, codec, 0) < 0)
    return -1; // expect: missing-close: codec context 'c'
  avcodec_free_context(&c);
  return 0;
}

// Freeing clears the pointer, so the second time does nothing.
void right_frame(void) {
  AVFrame *f = av_frame_alloc();
  av_frame_free(&f);
  av_frame_free(&f);
}

void freed_alias(void) {
  AVFrame *f = av_frame_alloc(), *g = f;
  if (!f)
    return;
  av_frame_free(&f);
  av_frame_free(&g); // expect: double-close: 'f'
}
