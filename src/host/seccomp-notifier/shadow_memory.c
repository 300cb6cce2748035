#define _GNU_SOURCE
#include "shadow_memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "../../protocol/seccomp/notify-wire.h"

// What is left of our own: the code below, a page of its data, and its stack.
enum { PAGE = WIRE_PAGE_BYTES, STACK_PAGES = 2, DATA_PAGE = 1, OWN_PAGES = DATA_PAGE + 1 + STACK_PAGES };
static const uintptr_t FIRST_PLACE = 0x10000000;
static const uintptr_t ADDRESS_END = 0x7ffffffff000;

struct plan {
    uintptr_t own; // address of the OWN_PAGES
    int memory;    // descriptor with the pages' content, one behind the other
    int ready;
    uint32_t count;
    uint64_t addresses[WIRE_MAX_PAGES];
};

// The C library goes with everything else, and system calls are made without it.
__attribute__((always_inline)) static inline long call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "system calls of this architecture"
#endif
}

// A page of code that needs nothing outside of it. Moved to its own place it
// unmaps the rest, this program with all its secrets, and maps the guest's pages.
#define SELF_CONTAINED                                                                  \
    __attribute__((section("shadow_code"), aligned(PAGE), noinline, no_stack_protector, \
                   no_sanitize("address", "undefined"), optimize("O2", "no-tree-loop-distribute-patterns")))

SELF_CONTAINED static void replace_memory(const struct plan *plan) {
    uintptr_t after = plan->own + OWN_PAGES * PAGE;
    const char byte = 'r';
    call(SYS_munmap, 0, (long)plan->own, 0, 0, 0, 0);
    call(SYS_munmap, (long)after, (long)(ADDRESS_END - after), 0, 0, 0, 0);
    // An address that the kernel doesn't take here can't be shown.
    for (uint32_t i = 0; i < plan->count; i++) {
        call(SYS_mmap, (long)plan->addresses[i], PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, plan->memory,
             (long)i * PAGE);
    }
    call(SYS_close_range, 0, plan->ready - 1, 0, 0, 0, 0);
    call(SYS_close_range, plan->ready + 1, ~0U, 0, 0, 0, 0);
    call(SYS_write, plan->ready, (long)&byte, 1, 0, 0, 0);
    call(SYS_close, plan->ready, 0, 0, 0, 0, 0);
    for (;;) call(SYS_ppoll, 0, 0, 0, 0, 0, 0);
}

// A place that no page of the guest's lies in.
static uintptr_t own_place(const struct plan *plan) {
    uintptr_t place = FIRST_PLACE;
    for (uint32_t i = 0; i < plan->count; i++) {
        uint64_t address = plan->addresses[i];
        if (address + PAGE <= place || address >= place + OWN_PAGES * PAGE) continue;
        place += OWN_PAGES * PAGE;
        i = UINT32_MAX; // from the beginning
    }
    return place;
}

// The kernel must not write into the thread's area of restartable sequences once that is unmapped.
static bool leave_rseq(void) {
    if (__rseq_size == 0) return true;
    char *area = (char *)__builtin_thread_pointer() + __rseq_offset;
    // The length as it was registered: the first ABI's at least, else what the library found.
    for (unsigned length = 32; length <= 256; length += 4) {
        if (syscall(SYS_rseq, area, length, RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0) return true;
    }
    return false;
}

static int copy_to_memory(const unsigned char *pages, struct plan *plan) {
    int memory = memfd_create("pages", MFD_CLOEXEC);
    for (uint32_t i = 0; memory >= 0 && i < plan->count; i++) {
        const unsigned char *page = pages + i * sizeof(struct wire_page);
        memcpy(&plan->addresses[i], page, sizeof(plan->addresses[i]));
        if (write(memory, page + sizeof(plan->addresses[i]), PAGE) != PAGE) return -1;
    }
    return memory;
}

void shadow_memory_become(const unsigned char *pages, uint32_t count, int ready) {
    struct plan plan = {.ready = ready, .count = count};
    plan.memory = copy_to_memory(pages, &plan);
    if (plan.memory < 0 || sysconf(_SC_PAGESIZE) != PAGE) return;
    plan.own = own_place(&plan);
    void *code = (void *)plan.own;
    char *data = mmap((void *)(plan.own + PAGE), (OWN_PAGES - 1) * PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (data == MAP_FAILED) return;
    void (*here)(const struct plan *) = replace_memory;
    if (mremap((void *)here, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, code) == MAP_FAILED) return;
    memcpy(data, &plan, sizeof(plan));
    ucontext_t context;
    if (!leave_rseq() || getcontext(&context) != 0) return;
    context.uc_stack.ss_sp = data + PAGE;
    context.uc_stack.ss_size = STACK_PAGES * PAGE;
    context.uc_link = NULL;
    makecontext(&context, (void (*)(void))code, 1, data);
    setcontext(&context);
}
