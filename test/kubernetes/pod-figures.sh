#!/bin/bash
# Measures pods of one container with runc and with tskata:
#
#   npm run test:kubernetes -- --command "bash $PWD/test/kubernetes/pod-figures.sh 5 10"
#
# STARTS of one pod after another, the first of which doesn't count, each from there being the pod's object to its
# condition Ready; then PODS at once, and how much less memory the host has for others (MemAvailable) while they run than
# before and after, in the middle.
set -eu -o pipefail
starts=${1:-5} pods=${2:-10}
image=registry.k8s.io/e2e-test-images/busybox:1.29-2
directory=$(dirname "$0")/../..
kubectl label --overwrite node node tskata.dev/runtime=installed >/dev/null
kubectl apply -f "$directory/deploy/base/runtime-class.yaml" >/dev/null
# what each counts for leaves room for eight on two processors
kubectl patch runtimeclass tskata --patch '{"overhead":{"podFixed":{"cpu":"1m"}}}' >/dev/null

# Makes pods NAME... of a runtime; runc is what containerd takes by itself.
create() {
  local runtime=$1 name class=
  shift
  [ "$runtime" = runc ] || class='"runtimeClassName":"'$runtime'",'
  for name in "$@"; do
    printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{%s"terminationGracePeriodSeconds":1,
      "containers":[{"name":"main","image":"%s","command":["sleep","100000"],"resources":{"requests":{"cpu":"1m"}}}]}}\n' \
      "$name" "$class" "$image"
  done | kubectl create -f - >/dev/null
}

ready() { kubectl wait --for=condition=Ready --timeout=120s "$@" >/dev/null; }
remove() { kubectl delete pod "$@" >/dev/null; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
available() { awk '/MemAvailable/ { print $2 }' /proc/meminfo; }

for runtime in runc tskata; do
  times=
  for n in $(seq 0 "$starts"); do
    create "$runtime" single
    begin=$(milliseconds)
    ready pod/single
    [ "$n" = 0 ] || times+="$(($(milliseconds) - begin)) "
    remove single
  done
  names=$(seq -f 'many-%g' "$pods")
  before=$(available)
  # shellcheck disable=SC2086 # a list of names
  create "$runtime" $names
  # shellcheck disable=SC2046,SC2086
  ready $(printf 'pod/%s ' $names)
  for name in $names; do kubectl exec "$name" -- true; done
  during=$(available)
  # shellcheck disable=SC2086
  remove $names
  taken=$(((before + $(available)) / 2 - during))
  median=$(printf '%s\n' $times | sort -n | sed -n "$(((starts + 1) / 2))p")
  echo "$runtime: Ready after $median ms (median of $times), $((taken / pods / 1024)) MiB a pod ($pods pods)"
done
