import t from "tap";
import { podLimits, podRole } from "../../src/oci/pod-annotations.js";

t.test("podRole() knows the words of containerd, CRI-O and dockershim", async (t) => {
  for (const [kind, sandbox, id] of [
    ["io.kubernetes.cri.container-type", "sandbox", "io.kubernetes.cri.sandbox-id"],
    ["io.kubernetes.cri-o.ContainerType", "sandbox", "io.kubernetes.cri-o.SandboxID"],
    ["io.kubernetes.docker.type", "podsandbox", "io.kubernetes.sandbox.id"],
  ] as const) {
    t.strictSame(podRole({ [kind]: sandbox, [id]: "p" }), { kind: "sandbox", sandboxId: "p" });
    t.strictSame(podRole({ [kind]: "container", [id]: "p" }), { kind: "container", sandboxId: "p" });
    t.equal(podRole({ [kind]: "other", [id]: "p" }), undefined);
    t.equal(podRole({ [kind]: "container" }), undefined, "of no pod");
  }
  t.equal(podRole({}), undefined);
  t.equal(podRole(), undefined);
});

t.test("podRole() leaves Podman's pods to the namespaces that they share", async (t) => {
  const annotations = {
    "io.container.manager": "libpod",
    "io.kubernetes.cri-o.ContainerType": "container",
    "io.kubernetes.cri-o.SandboxID": "p",
  };
  t.equal(podRole(annotations), undefined);
});

t.test("podLimits() reads what a pod may use, and takes no nonsense", async (t) => {
  const annotations = {
    "io.kubernetes.cri.sandbox-memory": "1073741824",
    "io.kubernetes.cri.sandbox-cpu-quota": "250000",
    "io.kubernetes.cri.sandbox-cpu-period": "100000",
  };
  t.strictSame(podLimits(annotations), {
    memory: { limit: 1_073_741_824n },
    cpu: { quota: 250_000n, period: 100_000n },
  });
  for (const text of ["0", "-1", "1e9", "", "99999999999999999999"]) {
    t.strictSame(podLimits({ "io.kubernetes.cri.sandbox-memory": text }), { memory: {}, cpu: {} });
  }
  t.strictSame(podLimits(), { memory: {}, cpu: {} });
});
