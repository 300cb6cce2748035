// The first process of a pod's sandbox where the shim makes that itself: it
// holds the namespaces that the pod's containers share and reaps whoever is
// orphaned in them, until it is told to end.
//
// It is all that its root filesystem has, and is copied for each pod: it goes
// without the C library.
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/wait.h>

#if !defined(__x86_64__)
#error "pause: system calls of x86-64 only"
#endif

#define NULL ((void *)0)
#define ANY_CHILD (-1)
#define BIT(signal) (1UL << ((signal) - 1))
/** What the kernel's signal sets are long. */
#define SET_BYTES sizeof(unsigned long)

static long call(long number, long a, long b, const void *c, long d) {
  register long fourth __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}

static void reap(void) {
  while (call(__NR_wait4, ANY_CHILD, (long)NULL, (const void *)WNOHANG, (long)NULL) > 0) {
  }
}

void _start(void) {
  const unsigned long signals = BIT(SIGCHLD) | BIT(SIGTERM) | BIT(SIGINT);
  // Blocked ones wait, for the init of a pid namespace too.
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&signals, NULL, SET_BYTES);
  for (;;) {
    long signal = call(__NR_rt_sigtimedwait, (long)&signals, (long)NULL, NULL, SET_BYTES);
    if (signal == SIGTERM || signal == SIGINT) call(__NR_exit_group, 0, 0, NULL, 0);
    reap();
  }
}
