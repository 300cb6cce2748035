#!/bin/bash
# A pod's life as a kubelet has it, step by step with crictl:
#
#   npm run conformance:cri -- --shim bin/containerd-shim-tskata-v2 --command "bash $PWD/test/conformance/cri/sequence.sh"
#
# Prints a line for each step, and ends with 1 where one went otherwise than it should.
set -u
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
image=registry.k8s.io/e2e-test-images/busybox:1.29-2
port=18080
host_port=18081
failures=0

# step NAME WANTED FOUND: the found text is to match the wanted pattern.
step() {
  if grep -Eq -- "$2" <<<"$3"; then
    echo "ok: $1"
  else
    echo "not ok: $1: wanted $2, found: $3"
    failures=1
  fi
}

# get ADDRESS PORT: what a server answers for "/".
get() {
  exec 3<>"/dev/tcp/$1/$2" && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && cat <&3
}

container_of() {
  local name=$1 command=$2
  printf '{"metadata":{"name":"%s"},"image":{"image":"%s"},"command":["sh","-c","%s"],"log_path":"%s.log","linux":{}}' \
    "$name" "$image" "$command" "$name" >"$directory/$name.json"
  crictl create "$pod" "$directory/$name.json" "$directory/pod.json"
}

crictl pull "$image" >/dev/null
printf '{"metadata":{"name":"pod","namespace":"sequence","uid":"u"},"hostname":"pod-0","log_directory":"%s","port_mappings":[{"container_port":80,"host_port":%s}],"linux":{"resources":{"memory_limit_in_bytes":268435456,"cpu_period":100000,"cpu_quota":100000}}}' \
  "$directory" "$host_port" >"$directory/pod.json"

pod=$(crictl runp "$directory/pod.json")
step "RunPodSandbox" '^[0-9a-f]{64}$' "$pod"
step "the pod is ready" SANDBOX_READY "$(crictl inspectp "$pod")"
server=$(container_of server 'hostname; mkdir /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www')
client=$(container_of client 'trap \"exit 7\" TERM; while :; do sleep 0.1; done')
step "CreateContainer" '^[0-9a-f]{64}$' "$server"
for container in "$server" "$client"; do crictl start "$container" >/dev/null; done
step "both containers run" '^2$' "$(crictl ps --quiet | wc -l)"

step "ExecSync" '^answer$' "$(crictl exec --sync "$client" echo answer)"
step "ExecSync tells the status" 'exited with 3' "$(crictl exec --sync "$client" sh -c 'exit 3' 2>&1)"
step "ExecSync takes no longer than it may" 'timed out|DeadlineExceeded' "$(crictl exec --sync --timeout 1 "$client" sleep 60 2>&1)"
step "ExecSync of a program that is missing" 'executable file not found' "$(crictl exec --sync "$client" no-such-program 2>&1)"
step "the containers share their network" '^served' "$(crictl exec --sync "$client" wget -q -O - http://127.0.0.1/)"
ipv4=$(crictl inspectp -o go-template --template "{{.status.network.ip}}" "$pod")
ipv6=$(crictl inspectp -o go-template --template "{{(index .status.network.additionalIps 0).ip}}" "$pod")
step "the pod's IPv4 address" served "$(get "$ipv4" 80)"
step "the pod's IPv6 address" served "$(get "$ipv6" 80)"
step "a port of the node's" served "$(get 127.0.0.1 "$host_port")"
step "Exec with a terminal" '/dev/pts/' "$(script -qec "crictl exec -it $client tty" /dev/null </dev/null)"
step "Exec with standard input" '^typed$' "$(echo typed | crictl exec -i "$client" cat)"

step "ContainerStats" '"workingSetBytes"' "$(crictl stats -o json "$server")"
crictl update --memory 134217728 "$client" >/dev/null
step "UpdateContainerResources" '134217728' "$(crictl inspect "$client")"

crictl port-forward "$pod" "$port:80" >"$directory/forward.log" 2>&1 &
forward=$!
until grep -q Forwarding "$directory/forward.log" || ! kill -0 "$forward" 2>/dev/null; do read -rt 0.1 <> <(:); done
step "PortForward" served "$(get 127.0.0.1 "$port")"
kill "$forward"
wait "$forward" 2>/dev/null

step "logs" '^pod-0$' "$(crictl logs "$server")"
crictl stop --timeout 10 "$client" >/dev/null
step "StopContainer, and what it ended with" '"exitCode": 7' "$(crictl inspect "$client")"
step "RemoveContainer" "$client" "$(crictl rm "$client")"
crictl stopp "$pod" >/dev/null
step "StopPodSandbox ends the others" '^0$' "$(crictl ps --quiet | wc -l)"
step "the pod is not ready" SANDBOX_NOTREADY "$(crictl inspectp "$pod")"
crictl rmp "$pod" >/dev/null
step "RemovePodSandbox" '^0$' "$(crictl pods --quiet | wc -l)"
step "no VM and no record is left" '^0$' "$(($(pgrep -c virtiofsd) + $(find /run/tskata /run/containerd/tskata -mindepth 2 -maxdepth 2 -type f 2>/dev/null | wc -l)))"
exit "$failures"
