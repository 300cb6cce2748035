// The end of the machine.
#ifndef TSKATA_POWER_H
#define TSKATA_POWER_H

// Writes what is left to disks and powers the machine off.
_Noreturn void power_off(void);

// Says what failed and why (errno) on the console, and powers off.
_Noreturn void die(const char *what);

#endif
