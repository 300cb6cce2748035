#!/bin/bash
# A pod whose containerd is killed and started anew lives on, and what a container of it ended with meanwhile is known:
#
#   npm run conformance:cri -- --shim bin/containerd-shim-tskata-v2 --command "bash $PWD/test/conformance/cri/restart.sh"
#
# It starts a second containerd like the one that is there. Ends with 1 where something is otherwise.
set -u
configuration=$(ps -o args= -C containerd | sed 's/.*--config //' | head -1)
world=$(dirname "$configuration")
own=$world/own
mkdir "$own"
for name in root state containerd.sock opt; do echo "s#\"$world/$name\"#\"$own/$name\"#"; done >"$own/changes.sed"
sed -f "$own/changes.sed" "$configuration" >"$own/config.toml"
image=registry.k8s.io/e2e-test-images/busybox:1.29-2
failures=0

call() {
  crictl --runtime-endpoint "unix://$own/containerd.sock" --image-endpoint "unix://$own/containerd.sock" "$@"
}

start_containerd() {
  containerd --config "$own/config.toml" >>"$own/log" 2>&1 &
  containerd=$!
  until call version >/dev/null 2>&1; do
    kill -0 "$containerd" || exit 1
    read -rt 0.1 <> <(:)
  done
}

kill_containerd() {
  kill -KILL "$containerd"
  wait "$containerd" 2>/dev/null
}

# step NAME WANTED FOUND
step() {
  if [ "$2" = "$3" ]; then
    echo "ok: $1"
  else
    echo "not ok: $1: wanted $2, found: $3"
    failures=1
  fi
}

container_of() {
  printf '{"metadata":{"name":"%s"},"image":{"image":"%s"},"command":["sh","-c","%s"],"log_path":"%s.log","linux":{}}' \
    "$1" "$image" "$2" "$1" >"$own/$1.json"
  call create "$pod" "$own/$1.json" "$own/pod.json"
}

start_containerd
call pull "$image" >/dev/null
printf '{"metadata":{"name":"pod","namespace":"restart","uid":"u","attempt":1},"log_directory":"%s","linux":{}}' "$own" >"$own/pod.json"
pod=$(call runp "$own/pod.json")
lasting=$(container_of lasting 'echo begun; while [ ! -e /go ]; do sleep 0.1; done; echo over; exec sleep 100000')
ending=$(container_of ending 'while [ ! -e /go ]; do sleep 0.1; done; exit 9')
call start "$lasting" "$ending" >/dev/null
processes=$(pgrep -c virtiofsd)
step "an answer before" before "$(call exec "$lasting" echo before)"
# They go on when containerd is away.
for container in "$lasting" "$ending"; do call exec "$container" sh -c '(sleep 2; touch /go) >/dev/null 2>&1 &'; done
kill_containerd
read -rt 5 <> <(:)
start_containerd
step "the pod is ready" "$pod" "$(call pods --quiet --no-trunc --state ready)"
step "an answer afterwards" after "$(call exec "$lasting" echo after)"
step "what the other one ended with" 9 "$(call inspect --output go-template --template '{{.status.exitCode}}' "$ending")"
step "output of meanwhile" "begun over" "$(call logs "$lasting" | paste -sd ' ')"
step "the same VM" "$processes" "$(pgrep -c virtiofsd)"
call stopp "$pod" >/dev/null
call rmp "$pod" >/dev/null
step "nothing is left" 0 "$(($(pgrep -c virtiofsd) + $(call pods --quiet | wc -l)))"
kill_containerd
exit "$failures"
