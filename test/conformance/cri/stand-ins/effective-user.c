// Says as whom it runs: with the set-user-id bit that is the file's owner, unless privileges can't be gained.
#include <stdio.h>
#include <unistd.h>

int main(void) {
    return printf("Effective uid: %d\n", geteuid()) < 0;
}
