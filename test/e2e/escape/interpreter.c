/* Stands in a root as the loader of the host's programs, and is run where one of those is. Tells which, and whether it could be written to. No C library: nothing prepares the stack. */
static long call(long number, long a, long b, long c) {
  long result;
  register long d __asm__("r10") = 0;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d) : "rcx", "r11", "memory");
  return result;
}

void _start(void) {
  volatile char path[] = {'/', 'p', 'r', 'o', 'c', '/', 's', 'e', 'l', 'f', '/', 'e', 'x', 'e', 0};
  char target[256];
  long length = call(89, (long)path, (long)target, sizeof target - 1);
  target[length] = call(21, (long)path, 2, 0) == 0 ? '!' : '.';
  call(1, 1, (long)target, length + 1);
  call(231, 0, 0, 0);
}
