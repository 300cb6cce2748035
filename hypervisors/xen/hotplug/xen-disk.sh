#!/bin/sh
# The hotplug script of a guest's disk, which xl runs before the device model:
# tells xenstore of the directories that the guest shares, as shared-files.ts
# names them, and goes on with Xen's own script. xl's p9= tells of them once the
# device model runs, which is the end of QEMU 10. See xl-disk-configuration(5),
# "script", and Xen's docs/misc/9pfs.pandoc.
set -eu

# share NUMBER TAG DIRECTORY: what libxl would write, and finds where the domain ends
share() {
    frontend=/local/domain/$domain/device/9pfs/$1
    backend=/local/domain/0/backend/9pfs/$domain/$1
    known=/libxl/$domain/device/9pfs/$1
    xenstore-write "$known/frontend" "$frontend" "$known/backend" "$backend"
    xenstore-write "$backend/frontend" "$frontend" "$backend/frontend-id" "$domain" \
        "$backend/online" 1 "$backend/state" 1 "$backend/path" "$3" "$backend/security_model" passthrough
    xenstore-write "$frontend/backend" "$backend" "$frontend/backend-id" 0 "$frontend/state" 1 "$frontend/tag" "$2"
    xenstore-chmod -r "$backend" n0 "r$domain"
    xenstore-chmod -r "$frontend" "n$domain" r0
}

if [ "$1" = add ]; then
    domain=${XENBUS_PATH%/*}
    domain=${domain##*/}
    number=0
    while [ "$number" -lt "${TSKATA_SHARES:-0}" ]; do
        eval "share $number \"\$TSKATA_SHARE_${number}_TAG\" \"\$TSKATA_SHARE_${number}_DIRECTORY\""
        number=$((number + 1))
    done
fi
exec /etc/xen/scripts/block "$@"
