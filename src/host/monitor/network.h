#ifndef TSKATA_MONITOR_NETWORK_H
#define TSKATA_MONITOR_NETWORK_H

#include <poll.h>
#include <stdbool.h>

// Opens what hears of changes of the network namespace that this process is in; fails where it can't be had.
int open_network_news(void);

void network_prepare(int fd, struct pollfd *slot);

// Whether something has changed, after poll(2). What it was is forgotten.
bool network_has_changed(int fd, const struct pollfd *slot);

#endif
