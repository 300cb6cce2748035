// A process with all its threads in its child: fork(2) takes only the caller
// along. Each thread is made to wait in a signal's handler; in the child, a new
// kernel thread jumps into that handler, on the stack and with the local
// storage of the old one, and returns from the signal as if it were the same.
//
// What such a thread can tell: its number, and that a system call was
// interrupted (EINTR). Locks and condition variables are memory, and come
// along as they are. Only the number that the C library keeps for itself has
// to be replaced.
#define _GNU_SOURCE
// Checked, longjmp(3) goes up its own stack only.
#undef _FORTIFY_SOURCE
#include "threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../src/common/native/fail.h"
#include "../../../src/common/native/interposed.h"

// Enough to get from a thread's first instruction to its handler.
enum { STEPPING_STONE_SIZE = 16 * 1024 };
// How much of what the C library keeps of a thread is looked through.
enum { DESCRIPTOR_SIZE = 2304 };

struct thread {
    struct thread *next, *previous;
    pthread_t self;
    void *robust_list;
    size_t robust_list_size;
    jmp_buf here;
    _Alignas(16) char stepping_stone[STEPPING_STONE_SIZE];
};

struct beginning {
    void *(*work)(void *);
    void *argument;
};

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int mask_function(int, const sigset_t *, sigset_t *);

static struct thread main_thread = {.next = &main_thread, .previous = &main_thread};
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_begun = PTHREAD_COND_INITIALIZER;
static int beginning_count, thread_count = 1;
static __thread struct thread *current;

static atomic_int parked_count;
// Which time threads are held for; 0 where they aren't.
static atomic_int held_round;
static int rounds;
// Where the C library keeps a thread's number, from pthread_self() on.
static size_t number_offset;

static int park_signal(void) { return SIGRTMAX; }

static void *next_symbol(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL) fail_plainly("there is no %s in the C library", name);
    return symbol;
}

static void futex(atomic_int *word, int operation, int value) {
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static pid_t *number_of(pthread_t thread) { return (pid_t *)((char *)thread + number_offset); }

static void find_number(void) {
    pid_t number = (pid_t)syscall(SYS_gettid);

    for (; number_offset < DESCRIPTOR_SIZE; number_offset += sizeof number) {
        if (*number_of(pthread_self()) == number) return;
    }
    fail_plainly("the C library keeps a thread's number elsewhere");
}

static void set_park_signal(int how) {
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, park_signal());
    ((mask_function *)next_symbol("pthread_sigmask"))(how, &set, NULL);
}

static void park(int number) {
    int error = errno;
    int round = atomic_load(&held_round);

    (void)number;
    // A thread that is parked belongs to a template, which outlives its maker.
    prctl(PR_SET_PDEATHSIG, 0);
    syscall(SYS_get_robust_list, 0, &current->robust_list, &current->robust_list_size);
    if (_setjmp(current->here) == 0) {
        atomic_fetch_add(&parked_count, 1);
        futex(&parked_count, FUTEX_WAKE, 1);
        // Held anew before it has left, it is to come again.
        while (atomic_load(&held_round) == round) futex(&held_round, FUTEX_WAIT, round);
    }
    errno = error;
}

__attribute__((constructor(200))) static void begin_main_thread(void) {
    struct sigaction action = {.sa_handler = park, .sa_flags = SA_RESTART};

    find_number();
    main_thread.self = pthread_self();
    current = &main_thread;
    sigfillset(&action.sa_mask);
    if (sigaction(park_signal(), &action, NULL) != 0) fail("handle the signal %d", park_signal());
    set_park_signal(SIG_UNBLOCK);
}

static void forget(void *argument) {
    struct thread *thread = argument;

    pthread_mutex_lock(&list_lock);
    thread->previous->next = thread->next;
    thread->next->previous = thread->previous;
    thread_count--;
    // No signal comes for it any more once it is off the list.
    set_park_signal(SIG_BLOCK);
    pthread_mutex_unlock(&list_lock);
}

static void *begin(void *argument) {
    struct beginning beginning = *(struct beginning *)argument;
    struct thread thread = {.self = pthread_self()};
    void *result;

    free(argument);
    pthread_mutex_lock(&list_lock);
    current = &thread;
    thread.next = &main_thread;
    thread.previous = main_thread.previous;
    main_thread.previous->next = &thread;
    main_thread.previous = &thread;
    thread_count++;
    beginning_count--;
    pthread_cond_broadcast(&all_begun);
    pthread_mutex_unlock(&list_lock);
    set_park_signal(SIG_UNBLOCK);
    pthread_cleanup_push(forget, &thread);
    result = beginning.work(beginning.argument);
    pthread_cleanup_pop(1);
    return result;
}

static void add_beginning(int count) {
    pthread_mutex_lock(&list_lock);
    beginning_count += count;
    pthread_cond_broadcast(&all_begun);
    pthread_mutex_unlock(&list_lock);
}

// In the C library's place.
INTERPOSED int pthread_create(pthread_t *made, const pthread_attr_t *attributes, void *(*work)(void *), void *argument) {
    struct beginning *beginning = malloc(sizeof *beginning);
    int error;

    if (beginning == NULL) return EAGAIN;
    *beginning = (struct beginning){.work = work, .argument = argument};
    add_beginning(1);
    error = ((create_function *)next_symbol("pthread_create"))(made, attributes, begin, beginning);
    if (error == 0) return 0;
    add_beginning(-1);
    free(beginning);
    return error;
}

// In the C library's place: our signal is never blocked.
INTERPOSED int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
    static mask_function *change_mask;
    sigset_t without;

    if (change_mask == NULL) change_mask = next_symbol("pthread_sigmask");
    if (set == NULL || how == SIG_UNBLOCK) return change_mask(how, set, old);
    without = *set;
    sigdelset(&without, park_signal());
    return change_mask(how, &without, old);
}

int start_own_thread(void *(*work)(void *)) {
    pthread_t made;
    sigset_t all, old;
    mask_function *change_mask = next_symbol("pthread_sigmask");
    int error;

    sigfillset(&all);
    change_mask(SIG_SETMASK, &all, &old);
    error = ((create_function *)next_symbol("pthread_create"))(&made, NULL, work, NULL);
    change_mask(SIG_SETMASK, &old, NULL);
    return error;
}

void park_threads(void) {
    struct thread *thread = &main_thread;
    int parked;

    pthread_mutex_lock(&list_lock);
    while (beginning_count > 0) pthread_cond_wait(&all_begun, &list_lock);
    atomic_store(&parked_count, 0);
    atomic_store(&held_round, ++rounds);
    do {
        int error = pthread_kill(thread->self, park_signal());

        if (error != 0) fail_plainly("park a thread: error %d", error);
        thread = thread->next;
    } while (thread != &main_thread);
    while ((parked = atomic_load(&parked_count)) < thread_count) futex(&parked_count, FUTEX_WAIT, parked);
}

void release_threads(void) {
    atomic_store(&held_round, 0);
    futex(&held_round, FUTEX_WAKE, thread_count);
    pthread_mutex_unlock(&list_lock);
}

pid_t fork_process(void) {
    // The C library's own would wait for locks that parked threads may hold.
    return (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, NULL, NULL,
                          number_of(pthread_self()), NULL);
}

static int step_over(void *argument) {
    struct thread *thread = argument;

    syscall(SYS_set_robust_list, thread->robust_list, thread->robust_list_size);
    _longjmp(thread->here, 1);
}

void revive_threads(void) {
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    struct thread *thread = &main_thread;

    do {
        pid_t *number = number_of(thread->self);
        char *stack = thread->stepping_stone + STEPPING_STONE_SIZE;

        if (clone(step_over, stack, flags, thread, number, (void *)thread->self, number) < 0) {
            fail("revive a thread");
        }
        thread = thread->next;
    } while (thread != &main_thread);
    atomic_store(&held_round, 0);
    pthread_mutex_unlock(&list_lock);
}
