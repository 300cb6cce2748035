#define _GNU_SOURCE
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"
#include "power.h"

struct file_system {
    const char *target;
    const char *type;
    unsigned long flags;
    const char *options;
    bool make_target; // on a file system of this list
};

static const struct file_system FILE_SYSTEMS[] = {
    {"/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
    {"/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
    {"/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate,memory_recursiveprot", false},
    {"/dev", "devtmpfs", MS_NOSUID, "mode=755", false},
    {"/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", true},
    {"/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", true},
    {"/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", false},
    {"/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", false},
};

static void mount_one(const struct file_system *system) {
    if (system->make_target && mkdir(system->target, 0755) != 0 && errno != EEXIST) die(system->target);
    if (mount(system->type, system->target, system->type, system->flags, system->options) == 0) return;
    // The kernel may have mounted /dev by itself.
    if (errno != EBUSY) die(system->target);
}

// "cpu memory pids" becomes "+cpu +memory +pids".
static void delegate_controllers(void) {
    char names[1024];
    char wanted[2048] = "";
    if (read_small_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", names, sizeof(names)) < 0) {
        die("cgroup.controllers");
    }
    char *state;
    for (char *name = strtok_r(names, " \n", &state); name != NULL; name = strtok_r(NULL, " \n", &state)) {
        strcat(wanted, "+");
        strcat(wanted, name);
        strcat(wanted, " ");
    }
    if (write_string(AT_FDCWD, "/sys/fs/cgroup/cgroup.subtree_control", wanted) != 0) die("cgroup.subtree_control");
}

void set_up_mounts(void) {
    for (size_t i = 0; i < sizeof(FILE_SYSTEMS) / sizeof(FILE_SYSTEMS[0]); i++) mount_one(&FILE_SYSTEMS[i]);
    delegate_controllers();
}

static void open_as(const char *path, int flags, int first, int last) {
    int fd = open(path, flags | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) die(path);
    for (int target = first; target <= last; target++) {
        if (dup2(fd, target) < 0) die(path);
    }
    if (fd > last) close(fd);
}

void set_up_console(void) {
    // Fails only where the kernel has no console at all.
    int console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (console >= 0) close(console);
    open_as(console >= 0 ? "/dev/console" : "/dev/null", O_WRONLY, 1, 2);
    open_as("/dev/null", O_RDONLY, 0, 0);
}

static void bring_up_loopback(void) {
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) die("lo");
    request.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) die("lo");
    close(fd);
}

void set_up_limits(void) {
    enum { OPEN_FILES = 1 << 20 }; // the kernel's own upper bound, fs.nr_open
    const struct rlimit files = {.rlim_cur = OPEN_FILES, .rlim_max = OPEN_FILES};
    const struct rlimit processes = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) die("RLIMIT_NOFILE");
    if (setrlimit(RLIMIT_NPROC, &processes) != 0) die("RLIMIT_NPROC");
    bring_up_loopback();
}
