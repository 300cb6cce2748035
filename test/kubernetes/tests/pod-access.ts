import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { TestTerminal } from "../../support/terminal.js";
import { BUSYBOX, container, OBEDIENT, pod } from "../support/manifests.js";
import { TestNamespace } from "../support/test-namespace.js";

const FILE_BYTES = 5_000_000;

t.test("what kubectl does with a pod in a VM", async (t) => {
  const namespace = await TestNamespace.make(t);
  const talk = "echo out; echo err >&2; ";
  await namespace.apply(pod("target", [container("first", talk + OBEDIENT), container("second", OBEDIENT)]));
  await namespace.ready("target");

  await t.test("logs has what a container wrote", async (t) => {
    t.match(await namespace.ok(["logs", "target", "--container", "first"]), /^(out\nerr|err\nout)$/);
    t.equal(await namespace.ok(["logs", "target", "--container", "second"]), "");
  });

  await t.test("exec has input, output, errors and a status", async (t) => {
    const script = "cat; echo err >&2; exit 7";
    const done = await namespace.kubectl(["exec", "-i", "target", "--", "sh", "-c", script], { input: "given" });
    t.match(done, { status: 7, text: "given", stderr: /^err\n/m });
    const lost = await namespace.kubectl(["exec", "target", "--", "nonexistent"]);
    t.match(lost, { status: 1, stderr: /executable file not found in \$PATH/ });
  });

  await t.test("exec has a terminal, with its size", async (t) => {
    const words = ["kubectl", "--namespace", namespace.name, "exec", "-it", "target", "--", "sh"];
    const terminal = TestTerminal.run(words, { columns: 93, rows: 31 });
    // the shell throws away what was typed before it
    await terminal.shows(/# /);
    terminal.type("until stty size 2>/dev/null | grep -x '31 93'; do sleep 0.05; done\n");
    await terminal.shows(/31 93\r+\n/);
    terminal.type("exit 5\n");
    t.equal(await terminal.ended(), 5, terminal.output);
  });

  await t.test("cp takes a file there and back", async (t) => {
    const directory = t.testdir();
    const [source, copy] = [join(directory, "source"), join(directory, "copy")];
    writeFileSync(source, randomBytes(FILE_BYTES));
    await namespace.ok(["cp", source, "target:/tmp/file", "--container", "first"]);
    await namespace.ok(["cp", "target:/tmp/file", copy, "--container", "first"]);
    t.ok(readFileSync(copy).equals(readFileSync(source)));
  });

  await t.test("port-forward leads to what listens on the pod's loopback", async (t) => {
    const serve = "mkdir -p /www && echo inside > /www/index.html && httpd -p 127.0.0.1:8080 -h /www";
    await namespace.shell("target", serve);
    const forward = spawn("kubectl", ["--namespace", namespace.name, "port-forward", "target", ":8080"]);
    t.teardown(() => forward.kill());
    const [said] = (await once(forward.stdout, "data")) as [Buffer];
    const port = /127\.0\.0\.1:(\d+)/.exec(String(said))?.[1];
    t.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "inside\n");
    const ended = once(forward, "exit");
    forward.kill();
    await ended;
  });

  const debug = async (name: string, ...flags: string[]): Promise<void> => {
    const how = ["--image", BUSYBOX, "--container", name, "--profile", "general", ...flags];
    await namespace.ok(["debug", "target", ...how, "--", "sh", "-c", OBEDIENT]);
    const state = `{.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.running}`;
    await namespace.until("pod/target", `jsonpath=${state}`);
  };

  await t.test("debug adds a container to the running pod", async (t) => {
    await debug("debugger");
    const kernel = (name: string) => namespace.shell("target", "cat /proc/sys/kernel/random/boot_id", name);
    t.equal(await kernel("debugger"), await kernel("first"), "in the same VM");
    t.equal(
      await namespace.shell("target", "ip -4 -o address show eth0", "debugger"),
      await namespace.shell("target", "ip -4 -o address show eth0", "first"),
    );
  });

  await t.test("debug of a target adds one that sees the target's processes", async (t) => {
    for (const name of ["first", "second"]) {
      await debug(`of-${name}`, "--target", name);
      const seen = (container: string) => namespace.shell("target", "readlink /proc/self/ns/pid", container);
      t.equal(await seen(`of-${name}`), await seen(name), name);
    }
    const processes = await namespace.shell("target", "ps -o args", "of-first");
    t.match(processes, /echo out/, "the target's first process");
  });

  await t.test("the node's statistics have what its containers take", async (t) => {
    const summary = JSON.parse(
      await namespace.ok(["get", "--raw", "/api/v1/nodes/node/proxy/stats/summary"]),
    ) as Summary;
    const found = summary.pods.find(({ podRef }) => podRef.namespace === namespace.name);
    const first = found?.containers.find(({ name }) => name === "first");
    t.ok((first?.memory?.workingSetBytes ?? 0) > 0, "memory");
    t.ok((first?.cpu?.usageCoreNanoSeconds ?? 0) > 0, "processor time");
  });
});

/** What a kubelet says of the node's pods (k8s.io/kubelet, `stats/v1alpha1`), so far as it is read. */
interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string };
    readonly containers: readonly {
      readonly name: string;
      readonly memory?: { readonly workingSetBytes?: number };
      readonly cpu?: { readonly usageCoreNanoSeconds?: number };
    }[];
  }[];
}
