#!/bin/bash
# Makes pods and removes them, several at once, and looks for what is left:
#
#   npm run conformance:cri -- --shim bin/containerd-shim-tskata-v2 --command "bash $PWD/test/conformance/cri/soak.sh 110 5 10"
#
# PODS, ROUNDS and how many at once. Each pod has a container that answers an exec. Prints the seconds of each round, the
# host's memory that each takes while all run, and what is there before and after; ends with 1 where that differs, or something failed.
set -u
pods=${1:-110} rounds=${2:-5} at_once=${3:-10}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
image=registry.k8s.io/e2e-test-images/busybox:1.29-2
crictl pull "$image" >/dev/null

# One pod and its container, up to the answer of an exec.
start() {
  local n=$1 pod container
  printf '{"metadata":{"name":"p%s","namespace":"soak","uid":"u%s","attempt":1},"log_directory":"%s","linux":{}}' \
    "$n" "$n" "$directory" >"$directory/pod-$n.json"
  printf '{"metadata":{"name":"c%s"},"image":{"image":"%s"},"command":["sleep","100000"],"log_path":"c%s.log","linux":{}}' \
    "$n" "$image" "$n" >"$directory/container-$n.json"
  pod=$(crictl runp "$directory/pod-$n.json") &&
    container=$(crictl create "$pod" "$directory/container-$n.json" "$directory/pod-$n.json") &&
    crictl start "$container" >/dev/null &&
    [ "$(crictl exec "$container" echo "answer $n")" = "answer $n" ] || echo "pod $n failed"
}

stop() {
  crictl stopp "$1" >/dev/null && crictl rmp "$1" >/dev/null || echo "pod $1 could not be removed"
}
export -f start stop
export directory image

# What a pod has on the host, by kind.
left() {
  echo "shims $(pgrep -cf 'containerd-shim|shim.cjs')"
  echo "file servers $(pgrep -c virtiofsd) processes $(ps -e --no-headers | wc -l)"
  echo "mounts $(wc -l </proc/self/mountinfo)"
  echo "taps $(ip -o link | grep -c 'tap[0-9]') links $(ip -o link | wc -l)"
  echo "records $(find /run/containerd/tskata -mindepth 2 -maxdepth 2 2>/dev/null | wc -l)"
}

# The host's memory that anybody may have, in MiB.
available() {
  awk '/MemAvailable/ { print int($2 / 1024) }' /proc/meminfo
}

# The first pod brings what stays: a template, a bridge.
start 0
crictl pods -q | xargs -r -n 1 bash -c 'stop "$0"'
before=$(left)
memory=$(available)
failures=0
for round in $(seq "$rounds"); do
  begin=$SECONDS
  failed=$(seq "$pods" | xargs -P "$at_once" -n 1 bash -c 'start "$0"')
  running=$SECONDS
  echo "round $round: $(crictl pods --state ready -q | wc -l) pods in $((running - begin)) s, $(((memory - $(available)) / pods)) MiB of memory each"
  left | sed 's/^/  /'
  failed+=$(crictl pods -q | xargs -P "$at_once" -n 1 bash -c 'stop "$0"')
  echo "round $round: removed in $((SECONDS - running)) s"
  [ -z "$failed" ] || { echo "$failed" && failures=1; }
done
after=$(left)
printf 'before:\n%s\nafter:\n%s\n' "$before" "$after"
[ "$failures" = 0 ] && [ "$before" = "$after" ]
