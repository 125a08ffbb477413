// logship: follows a log file, keeps what it read in a spool until it is sent.
#pragma once

#include <stdio.h>
#include <sys/types.h>

struct config {
  char source[256], spool[256], host[128], port[16], filter[256];
};

struct spool {
  int dir;     // the spool's folder
  int segment; // the file being written, or -1
  int number;
  size_t used;
};

// config.c: 0, or -1 after a message.
int config_read(struct config *config, const char *path);
int config_write(const struct config *config, const char *path);

// source.c: the log file, opened where the last run stopped.
FILE *source_open(const char *path, const char *position_file);
int source_save_position(FILE *source, const char *position_file);

// spool.c
int spool_open(struct spool *spool, const char *path);
int spool_append(struct spool *spool, const char *line, size_t length);
int spool_rotate(struct spool *spool, const char *trailer);
void spool_close(struct spool *spool);

// net.c: a connected socket, or -1.
int net_connect(const char *host, const char *port);
int net_send(int fd, const char *data, size_t length);

// filter.c
pid_t filter_start(const char *command, int *output);
int host_name(char *name, size_t size);
