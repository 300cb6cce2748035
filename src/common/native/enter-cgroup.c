#include "enter-cgroup.h"

#include <unistd.h>

int enter_cgroup(int file) { return write(file, "0", 1) == 1 ? 0 : -1; }
