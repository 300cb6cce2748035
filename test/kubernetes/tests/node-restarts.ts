import t from "tap";
import { processEnd } from "../../support/process-end.js";
import { daemonPid } from "../support/daemon-pid.js";
import { container, OBEDIENT, pod } from "../support/manifests.js";
import { TestNamespace } from "../support/test-namespace.js";

const BOOT = "cat /proc/sys/kernel/random/boot_id";

t.test("a pod in a VM outlives the node's programs", async (t) => {
  const namespace = await TestNamespace.make(t);
  await namespace.apply(pod("kept", [container("main", OBEDIENT)]));
  await namespace.ready("kept");
  const boot = await namespace.shell("kept", BOOT);
  for (const name of ["containerd", "kubelet", "kube-proxy"]) {
    await t.test(name, async (t) => {
      const pid = daemonPid(name);
      process.kill(pid, "SIGTERM");
      await processEnd(pid);
      await namespace.shows("kept", BOOT, boot);
      t.equal(await namespace.field("pod/kept", "{.status.containerStatuses[0].restartCount}"), "0");
      t.not(daemonPid(name), pid);
    });
  }

  await t.test("and is deleted by the new ones", async (t) => {
    await namespace.ok(["delete", "pod", "kept"]);
    t.equal(await namespace.field("pods", "{.items}"), "[]");
  });
});
