/* Tries ways out of a container, one by its name, and says what came of it: "NAME ERRNO" or "NAME done". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long result) {
  if (result >= 0) printf("%s done\n", name);
  else printf("%s %s\n", name, strerrorname_np(errno));
  fflush(stdout);
}

#define TRY(call_name, expression) do { errno = 0; say(call_name, (long)(expression)); } while (0)

/* The handle of the root directory of a mounted file system has inode 2, or what is guessed here: "shocker". */
static long by_handle(void) {
  struct { struct file_handle head; unsigned char bytes[64]; } handle = {.head = {.handle_bytes = 8, .handle_type = 1}};
  unsigned int root_inode = 2;
  memcpy(handle.bytes, &root_inode, sizeof root_inode);
  int at = open("/etc/hosts", O_RDONLY);
  return open_by_handle_at(at, &handle.head, O_RDONLY);
}

static long disk(const char *directory, dev_t device) {
  char path[256];
  snprintf(path, sizeof path, "%s/disk", directory);
  unlink(path);
  if (mknod(path, S_IFBLK | 0600, device) < 0) return -1;
  return open(path, O_RDONLY);
}

/* The old way out of a chroot. In a container it leads to its own root and no further. */
static void break_chroot(void) {
  struct stat before, after;
  stat("/", &before);
  mkdir("/jail", 0755);
  int out = open("/", O_RDONLY | O_DIRECTORY);
  if (chroot("/jail") < 0) { say("chroot", -1); return; }
  fchdir(out);
  for (int i = 0; i < 64; i++) chdir("..");
  chroot(".");
  stat("/", &after);
  int same = before.st_dev == after.st_dev && before.st_ino == after.st_ino;
  printf("chroot %s\n", same ? "same-root" : "escaped");
}

static void files(void) {
  for (int fd = 3; fd < 1024; fd++)
    if (fcntl(fd, F_GETFD) != -1) printf("files leaked %d\n", fd);
  printf("files end\n");
}

int main(int argc, char **argv) {
  dev_t device = makedev(argc > 1 ? atoi(argv[1]) : 8, argc > 2 ? atoi(argv[2]) : 0);
  pid_t outside = argc > 3 ? atoi(argv[3]) : 1;
  files();
  TRY("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  TRY("bind", mount("/proc", "/tmp", NULL, MS_BIND, NULL));
  TRY("remount", mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
  TRY("umount", umount2("/proc/kcore", MNT_DETACH));
  TRY("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  TRY("open_tree", syscall(428, AT_FDCWD, "/", 1));
  TRY("fsopen", syscall(430, "tmpfs", 0));
  TRY("mount_setattr", syscall(442, AT_FDCWD, "/", 0, "", 32));
  TRY("unshare-mount", unshare(CLONE_NEWNS));
  TRY("unshare-user", unshare(CLONE_NEWUSER));
  TRY("unshare-cgroup", unshare(CLONE_NEWCGROUP));
  TRY("clone-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  TRY("setns", setns(open("/proc/1/ns/mnt", O_RDONLY), 0));
  TRY("disk-root", disk("/", device));
  TRY("disk-tmp", disk("/tmp", device));
  TRY("disk-shm", disk("/dev/shm", device));
  TRY("disk-dev", disk("/dev", device));
  TRY("ptrace", ptrace(PTRACE_ATTACH, outside, 0, 0));
  TRY("kill", kill(outside, SIGKILL));
  TRY("kcmp", syscall(SYS_kcmp, 1, outside, 0, 0, 0));
  TRY("pidfd_getfd", syscall(438, 0, 0, 0));
  TRY("add_key", syscall(SYS_add_key, "user", "kasane", "x", 1, -3));
  TRY("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  TRY("request_key", syscall(SYS_request_key, "user", "kasane", 0, -3));
  TRY("open_by_handle_at", by_handle());
  TRY("bpf", syscall(SYS_bpf, 0, "", 0));
  TRY("perf_event_open", syscall(SYS_perf_event_open, "", 0, -1, -1, 0));
  TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  TRY("init_module", syscall(SYS_init_module, "", 0, ""));
  TRY("delete_module", syscall(SYS_delete_module, "x", 0));
  TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
  TRY("io_uring_setup", syscall(425, 1, ""));
  TRY("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
  TRY("syslog", syscall(SYS_syslog, 2, 0, 0));
  TRY("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0));
  TRY("swapon", syscall(SYS_swapon, "/x", 0));
  TRY("acct", syscall(SYS_acct, "/x"));
  TRY("quotactl", syscall(SYS_quotactl, 0, 0, 0, 0));
  TRY("settimeofday", syscall(SYS_settimeofday, 0, 0));
  TRY("sethostname", sethostname("x", 1));
#ifdef SYS_iopl
  TRY("iopl", syscall(SYS_iopl, 3));
#endif
  TRY("core_pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
  TRY("modprobe", open("/proc/sys/kernel/modprobe", O_WRONLY));
  TRY("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
  TRY("kcore", open("/proc/kcore", O_WRONLY) < 0 ? -1 : read(open("/proc/kcore", O_RDONLY), (char[8]){0}, 8) > 0 ? 0 : (errno = ENODATA, -1));
  TRY("uevent_helper", open("/sys/kernel/uevent_helper", O_WRONLY));
  TRY("release_agent", open("/sys/fs/cgroup/memory/release_agent", O_WRONLY));
  TRY("cgroup-limit", open("/sys/fs/cgroup/memory/memory.limit_in_bytes", O_WRONLY));
  TRY("cgroup-join", open("/sys/fs/cgroup/pids/cgroup.procs", O_WRONLY));
  TRY("tiocsti", ioctl(0, TIOCSTI, "x"));
  TRY("setuid-0", setuid(0));
  break_chroot();
  return 0;
}
