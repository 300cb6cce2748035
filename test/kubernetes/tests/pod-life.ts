import t from "tap";
import { killPod } from "../support/kill-pod.js";
import { container, OBEDIENT, pod, podSpec } from "../support/manifests.js";
import { type Manifest, TestNamespace } from "../support/test-namespace.js";

const SMALL = { requests: { cpu: "10m" }, limits: { cpu: "500m", memory: "32Mi" } };

t.test("the life of pods in VMs", async (t) => {
  const namespace = await TestNamespace.make(t);
  const once = (name: string, script: string, fields: Manifest = {}) =>
    namespace.apply(pod(name, [container("main", script, fields)], { restartPolicy: "Never" }));
  const terminated = (name: string) =>
    namespace.field(`pod/${name}`, "{.status.containerStatuses[0].state.terminated}");

  await t.test("init containers run before, and a sidecar beside the others", async (t) => {
    const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
    const initContainers = [
      container("before", "echo before > /shared/order", { volumeMounts }),
      container("beside", `echo beside >> /shared/order; ${OBEDIENT}`, { volumeMounts, restartPolicy: "Always" }),
    ];
    const main = container("main", `echo main >> /shared/order; ${OBEDIENT}`, { volumeMounts });
    await namespace.apply(pod("staged", [main], { initContainers, volumes: [{ name: "shared", emptyDir: {} }] }));
    await namespace.ready("staged");
    await namespace.shows("staged", "cat /shared/order", "before\nbeside\nmain");
    t.equal(
      await namespace.field("pod/staged", "{.status.initContainerStatuses[0].state.terminated.reason}"),
      "Completed",
    );
  });

  await t.test("a pod that succeeds, and one that fails, say so", async (t) => {
    await once("good", "true");
    await once("bad", "exit 3");
    await namespace.until("pod/good", "jsonpath={.status.phase}=Succeeded");
    await namespace.until("pod/bad", "jsonpath={.status.phase}=Failed");
    t.match(JSON.parse(await terminated("bad")), { exitCode: 3, reason: "Error" });
  });

  await t.test("a job runs its pods to their end", async (t) => {
    const template = { spec: podSpec([container("main", "echo done")], { restartPolicy: "Never" }) };
    const spec = { completions: 3, parallelism: 3, template };
    await namespace.apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "job" }, spec });
    await namespace.until("job/job", "condition=Complete");
    t.match(await namespace.ok(["logs", "job/job", "--all-pods"]), /^(\[pod\/job-\w+\/main\] done\n?){3}$/);
  });

  await t.test("who takes more memory than it may is OOMKilled", async (t) => {
    await once("greedy", "tail /dev/zero", { resources: SMALL });
    await namespace.until("pod/greedy", "jsonpath={.status.phase}=Failed");
    t.match(JSON.parse(await terminated("greedy")), { exitCode: 137, reason: "OOMKilled" });
  });

  await t.test("limits are in force in the guest, and change in the running pod", async (t) => {
    const limits = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max";
    const resources = { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "32Mi" } };
    await namespace.apply(pod("limited", [container("main", OBEDIENT, { resources })]));
    await namespace.ready("limited");
    t.equal(await namespace.shell("limited", limits), `${32 << 20}\n10000 100000`);
    const larger = { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "300m", memory: "64Mi" } };
    const patch = { spec: { containers: [{ name: "main", resources: larger }] } };
    await namespace.ok(["patch", "pod", "limited", "--subresource", "resize", "--patch", JSON.stringify(patch)]);
    await namespace.shows("limited", limits, `${64 << 20}\n30000 100000`);
    t.equal(await namespace.field("pod/limited", "{.status.containerStatuses[0].restartCount}"), "0");
  });

  await t.test("a liveness probe that fails has the container started anew", async (t) => {
    const probe = { exec: { command: ["sh", "-c", "! test -e /sick"] }, periodSeconds: 1, failureThreshold: 1 };
    await namespace.apply(pod("probed", [container("main", OBEDIENT, { livenessProbe: probe })]));
    await namespace.ready("probed");
    await namespace.shell("probed", "touch /sick");
    await namespace.until("pod/probed", "jsonpath={.status.containerStatuses[0].restartCount}=1");
    await namespace.ready("probed");
    t.equal(await namespace.shell("probed", "test -e /sick || echo healthy"), "healthy");
  });

  await t.test("one that is deleted gets SIGTERM after its preStop, and its grace", async (t) => {
    const lifecycle = { preStop: { exec: { command: ["sh", "-c", "echo preparing > /proc/1/fd/1"] } } };
    const script = "trap 'echo ending; exit 0' TERM; echo up; while :; do sleep 0.1; done";
    await namespace.apply(pod("polite", [container("main", script, { lifecycle })]));
    await namespace.ready("polite");
    const log = namespace.ok(["logs", "--follow", "polite"]);
    await namespace.ok(["delete", "pod", "polite"]);
    t.equal(await log, "up\npreparing\nending");
  });

  await t.test("one that doesn't heed SIGTERM is killed after its grace", async (t) => {
    const spec = { terminationGracePeriodSeconds: 1 };
    await namespace.apply(pod("stubborn", [container("main", "trap '' TERM; while :; do sleep 0.1; done")], spec));
    await namespace.ready("stubborn");
    const startMs = performance.now();
    await namespace.ok(["delete", "pod", "stubborn"]);
    t.ok(performance.now() - startMs < 20_000, "long before the default of 30 s");
  });

  await t.test("a pod whose VM is killed is made anew", async (t) => {
    await namespace.apply(pod("lost", [container("main", OBEDIENT)]));
    await namespace.ready("lost");
    const boot = () => namespace.shell("lost", "cat /proc/sys/kernel/random/boot_id");
    const first = await boot();
    t.ok(killPod(await namespace.field("pod/lost", "{.metadata.uid}")) > 0);
    await namespace.until("pod/lost", "jsonpath={.status.containerStatuses[0].restartCount}=1");
    await namespace.ready("lost");
    t.not(await boot(), first, "another VM");
  });

  await t.test("namespaces of the host are refused, and the event says why", async (t) => {
    await namespace.apply(pod("exposed", [container("main", OBEDIENT)], { hostNetwork: true }));
    t.match(await namespace.warning("exposed", "FailedCreatePodSandBox"), /which means the host's/);
  });
});
