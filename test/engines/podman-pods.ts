import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

const FOREVER = ["sleep", "1000"];

t.test("all containers of a pod are in one VM", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t);
  const inPod = (pod: string, name: string, ...args: string[]) =>
    podman.ok("run", "--detach", "--pod", pod, "--name", name, IMAGE, ...(args.length > 0 ? args : FOREVER));
  const bootId = (name: string) => podman.ok("exec", name, "cat", "/proc/sys/kernel/random/boot_id");
  const namespaces = async (name: string, ...types: string[]) =>
    (
      await podman.ok("exec", name, "sh", "-c", `for type in ${types.join(" ")}; do readlink /proc/self/ns/$type; done`)
    ).split("\n");

  await t.test("they share what Podman has them share, and have the rest to themselves", async (t) => {
    await podman.ok("pod", "create", "--name", "shared", "--network", "none");
    await inPod("shared", "one");
    await inPod("shared", "two");
    await podman.ok("run", "--detach", "--network", "none", "--name", "outside", IMAGE, ...FOREVER);
    t.equal(await bootId("one"), await bootId("two"));
    t.not(await bootId("one"), await bootId("outside"));
    t.same(await namespaces("one", "ipc", "uts", "net"), await namespaces("two", "ipc", "uts", "net"));
    const [pid, mnt] = await namespaces("one", "pid", "mnt");
    const [otherPid, otherMnt] = await namespaces("two", "pid", "mnt");
    t.not(pid, otherPid);
    t.not(mnt, otherMnt);
    t.equal(await podman.ok("exec", "two", "hostname"), "shared");
    await podman.ok("exec", "one", "sh", "-c", "echo message > /dev/shm/box; echo own > /own");
    t.equal(await podman.ok("exec", "two", "cat", "/dev/shm/box"), "message");
    t.match(await podman.run(["exec", "two", "cat", "/own"]), { status: 1 });
  });

  await t.test("one of them ends by itself, and another joins later", async (t) => {
    await inPod("shared", "short", "sh", "-c", "exit 4");
    t.equal(await podman.ok("wait", "short"), "4");
    t.equal(await podman.ok("exec", "one", "echo", "alive"), "alive");
    await inPod("shared", "late");
    t.equal(await bootId("late"), await bootId("one"));
  });

  await t.test("the pod stops and starts, in a VM of its own again", async (t) => {
    const before = await bootId("one");
    await podman.ok("pod", "stop", "--time", "0", "shared");
    t.match(await podman.ok("pod", "ps", "--format", "{{.Name}} {{.Status}}"), /^shared Exited$/m);
    await podman.ok("pod", "start", "shared");
    t.not(await bootId("one"), before);
    t.equal(await bootId("one"), await bootId("two"));
    t.equal(await podman.ok("exec", "one", "cat", "/own"), "own");
  });

  await t.test("the pod is removed with all of it", async (t) => {
    await podman.ok("pod", "rm", "--force", "--time", "0", "shared");
    t.equal(await podman.ok("ps", "--all", "--format", "{{.Names}}"), "outside");
    await podman.ok("rm", "--force", "--time", "0", "outside");
  });

  await t.test("a pod may share its processes", async (t) => {
    await podman.ok("pod", "create", "--name", "family", "--network", "none", "--share", "ipc,net,uts,pid");
    await inPod("family", "parent");
    await inPod("family", "child", "sleep", "2000");
    t.match(await podman.ok("exec", "parent", "ps"), /sleep 1000\n[^]*sleep 2000/);
    t.same(await namespaces("parent", "pid"), await namespaces("child", "pid"));
    await podman.ok("pod", "rm", "--force", "--time", "0", "family");
  });

  await t.test("a pod of Kubernetes' is played and taken down", async (t) => {
    const file = join(podman.world.directory, "pod.yaml");
    const container = (name: string) => ({
      name,
      image: IMAGE,
      imagePullPolicy: "Never",
      command: ["sh", "-c", `echo I am ${name}; exec sleep 1000`],
      volumeMounts: [{ name: "common", mountPath: "/common" }],
    });
    const spec = {
      hostname: "played",
      volumes: [{ name: "common", hostPath: { path: podman.world.makeDirectory("common") } }],
      containers: [container("one"), container("two")],
    };
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "played" }, spec }));
    await podman.ok("play", "kube", "--network", "none", file);
    t.equal(await bootId("played-one"), await bootId("played-two"));
    t.equal(await podman.ok("logs", "played-two"), "I am two");
    await podman.ok("exec", "played-one", "sh", "-c", "echo shared > /common/file");
    t.equal(await podman.ok("exec", "played-two", "cat", "/common/file"), "shared");
    await podman.ok("play", "kube", "--down", file);
    t.equal(await podman.ok("ps", "--all", "--quiet"), "");
  });
});
