#!/bin/sh
# The hotplug script of network cards, which xl runs: moves the host's end into
# a network namespace under its name there, and tells Xen's backend that it may
# connect. See xl-network-configuration(5), "script", and the environment that
# network-cards.ts gives xl.
set -eu
[ "$1" = online ] || exit 0
ip link set dev "$vif" netns "$TSKATA_NAMESPACE" name "$TSKATA_NAME"
exec xenstore-write "$XENBUS_PATH/hotplug-status" connected
