import t from "tap";
import { type PodSandboxConfig, PodSandboxConfigCodec } from "../../../../src/host/shim/api/gen/cri/pod-sandbox_pb.js";
import { CreateSandboxRequestCodec } from "../../../../src/host/shim/api/gen/sandbox/sandbox_pb.js";
import { sandboxSpec } from "../../../../src/host/shim/sandbox/sandbox-spec.js";
import { readSpec } from "../../../../src/oci/validate-spec.js";
import type { MessageInit } from "ttrpc-ts/lite";

const [CONTAINER, NODE] = [1, 2] as const;
const files = { hostname: "/p/hostname", hosts: "/p/hosts", resolvConf: "/p/resolv.conf", memory: "/p/shm" };

function specOf(config: MessageInit<PodSandboxConfig>) {
  const request = { sandboxId: "pod", netnsPath: "/run/netns/n", annotations: { own: "yes" } };
  const [decodedRequest, decodedConfig] = [
    CreateSandboxRequestCodec.decode(CreateSandboxRequestCodec.encode(request)),
    PodSandboxConfigCodec.decode(PodSandboxConfigCodec.encode(config)),
  ];
  const spec = sandboxSpec(decodedRequest, decodedConfig, { root: "pod/root", files });
  return readSpec(JSON.stringify(spec), "config.json").spec;
}

t.test("sandboxSpec() is what the kubelet says of a pod", async (t) => {
  const spec = specOf({
    metadata: { name: "web", namespace: "shop", uid: "u1" },
    hostname: "web-0",
    logDirectory: "/var/log/pods/web",
    linux: {
      cgroupParent: "/kubepods/pod1",
      sysctls: { "net.core.somaxconn": "1024" },
      resources: { cpuPeriod: 100000n, cpuQuota: 50000n, cpuShares: 512n, memoryLimitInBytes: 2n ** 30n },
    },
  });
  t.match(spec, {
    process: { args: ["/pause"], oomScoreAdj: -998 },
    root: { path: "pod/root", readonly: true },
    hostname: "web-0",
    annotations: {
      own: "yes",
      "io.kubernetes.cri.container-type": "sandbox",
      "io.kubernetes.cri.sandbox-id": "pod",
      "io.kubernetes.cri.sandbox-name": "web",
      "io.kubernetes.cri.sandbox-namespace": "shop",
      "io.kubernetes.cri.sandbox-uid": "u1",
      "io.kubernetes.cri.sandbox-cpu-quota": "50000",
      "io.kubernetes.cri.sandbox-memory": "1073741824",
    },
    linux: { cgroupsPath: "/kubepods/pod1/pod", sysctl: { "net.core.somaxconn": "1024" } },
  });
  t.strictSame(spec.linux?.namespaces, [
    { type: "mount" },
    { type: "network", path: "/run/netns/n" },
    { type: "uts" },
    { type: "pid" },
    { type: "ipc" },
  ]);
});

t.test("sandboxSpec() leaves out the namespaces that are to be the host's, and maps users", async (t) => {
  const host = specOf({ linux: { securityContext: { namespaceOptions: { network: NODE, pid: NODE, ipc: NODE } } } });
  t.strictSame(host.linux?.namespaces, [{ type: "mount" }]);
  t.equal(host.linux?.cgroupsPath, undefined);
  const ids = [{ hostId: 65536, containerId: 0, length: 65536 }];
  const mapped = specOf({
    linux: {
      cgroupParent: "/kubepods.slice/kubepods-pod1.slice",
      securityContext: { namespaceOptions: { usernsOptions: { uids: ids, gids: ids } } },
    },
  });
  t.match(mapped.linux, {
    cgroupsPath: "kubepods-pod1.slice:cri-containerd:pod",
    uidMappings: [{ containerID: 0, hostID: 65536, size: 65536 }],
    gidMappings: [{ containerID: 0, hostID: 65536, size: 65536 }],
  });
  t.ok(mapped.linux?.namespaces?.some(({ type }) => type === "user"));
  const other = { linux: { securityContext: { namespaceOptions: { usernsOptions: { mode: CONTAINER } } } } };
  t.throws(() => specOf(other), { code: "invalid-argument", message: /not CONTAINER/ });
});
