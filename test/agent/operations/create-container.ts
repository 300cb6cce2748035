import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { LauncherError } from "../../../src/agent/kernel/launcher-error.js";
import { createContainer } from "../../../src/agent/operations/create-container.js";
import { defaultSpec } from "../../../src/oci/default-spec.js";
import { createStandIn, json, standInSandbox, withoutTerminal } from "../fixtures/stand-in-sandbox.js";

const request = {
  containerId: "c1",
  specJson: json(defaultSpec()),
  rootfsPath: "/rootfs",
  bindSources: {},
  hookStateJson: "{}",
};

t.test("createContainer() launches init in a cgroup of its own and leaves it waiting", async (t) => {
  const made = standInSandbox(t);
  t.same(await createContainer(made.sandbox, request), { pid: 100 });
  t.equal(made.sandbox.container("c1").state.status, "created");
  t.same(made.processes[0]?.calls, ["ready"]);
  const cgroup = join(made.sandbox.paths.cgroupRoot, "tskata-c1");
  t.equal(made.plans[0]?.cgroup, cgroup);
  t.ok(existsSync(cgroup));
  t.equal(made.plans[0]?.child.at(-1)?.op, "exec");
});

t.test("createContainer() refuses a duplicate id and an id that is no file name", async (t) => {
  const made = standInSandbox(t);
  await createContainer(made.sandbox, request);
  await t.rejects(createContainer(made.sandbox, request), {
    code: "already-exists",
    message: "container with given ID already exists: c1",
  });
  for (const containerId of ["", "a/b", "..\n", "x".repeat(241)]) {
    await t.rejects(createContainer(made.sandbox, { ...request, containerId }), { code: "invalid-argument" });
  }
});

t.test("createContainer() sets what is the sandbox's own first, in the same process and once", async (t) => {
  const made = standInSandbox(t);
  const sandbox = {
    hostname: "box",
    entropy: new Uint8Array(64),
    shares: [{ tag: "files", kind: { case: "virtiofs" } as const }],
  };
  await createContainer(made.sandbox, { ...request, sandbox });
  await createContainer(made.sandbox, { ...request, containerId: "c2", sandbox });
  t.same(made.lists, []);
  const [first, second] = made.plans.map(({ before }) => before.map(({ op }) => op));
  t.same(first?.slice(0, 5), [
    "reseed-random",
    "set-hostname",
    "set-mount-attributes",
    "make-directory",
    "mount-share",
  ]);
  t.same(second?.slice(0, 4), ["reseed-random", "set-hostname", "set-mount-attributes", "set-device-filter"]);
});

t.test("createContainer() makes nothing where the sandbox's settings are none", async (t) => {
  const made = standInSandbox(t);
  const sandbox = { hostname: "box", entropy: new Uint8Array(1), shares: [] };
  await t.rejects(createContainer(made.sandbox, { ...request, sandbox }), { code: "invalid-argument" });
  t.same(made.sandbox.containers(), []);
  t.same(readdirSync(made.sandbox.paths.cgroupRoot), []);
});

t.test("createContainer() binds files on files and directories on directories", async (t) => {
  const made = standInSandbox(t);
  const mounts = [
    { destination: "/file", type: "bind", source: "/srv/file", options: ["bind"] },
    { destination: "/directory", type: "bind", source: "/srv/directory", options: ["rbind", "ro"] },
  ];
  await createContainer(made.sandbox, {
    ...request,
    specJson: json({ ...withoutTerminal(defaultSpec()), mounts }),
    bindSources: {
      0: { path: "/shares/0", isDirectory: false, sharedMemoryBytes: 0n },
      1: { path: "/shares/1", isDirectory: true, sharedMemoryBytes: 0n },
    },
  });
  const made1 = made.plans[0]?.child.filter((operation) => "path" in operation && operation.op.startsWith("make-"));
  t.match(made1, [
    { op: "make-file", path: "/file" },
    { op: "make-directory", path: "/directory" },
  ]);
});

t.test("createContainer() joins namespaces of another container's init, while that lives", async (t) => {
  const made = standInSandbox(t);
  const owner = await createStandIn(made);
  const { linux } = defaultSpec();
  const namespaces = [...(linux?.namespaces ?? []).filter(({ type }) => type !== "ipc"), { type: "ipc", path: "/x" }];
  const specJson = json({ ...withoutTerminal(defaultSpec()), linux: { ...linux, namespaces } });
  const second = { ...request, containerId: "c2", specJson, namespaceOwners: { ipc: "c1" } };
  await createContainer(made.sandbox, second);
  t.match(
    made.plans[1]?.before.find(({ op }) => op === "open-pidfd"),
    { pid: owner.pid },
  );
  owner.exit(0);
  await made.sandbox.container("c1").stopped;
  const third = { ...second, containerId: "c3" };
  await t.rejects(createContainer(made.sandbox, third), { code: "failed-precondition", message: /c1.* is stopped/ });
  const nobody = { ...third, namespaceOwners: { ipc: "c9" } };
  await t.rejects(createContainer(made.sandbox, nobody), { code: "not-found" });
});

t.test("createContainer() takes everything back where the launch fails", async (t) => {
  const made = standInSandbox(t);
  made.prepare = (process) => {
    const failure = { stage: "child", index: 0, operation: "setsid", errno: "EPERM", detail: "" } as const;
    process.readyError = new LauncherError(failure);
    process.exit(255);
  };
  // an aggregate, because a plain folder isn't as easy to remove as a cgroup
  await t.rejects(createContainer(made.sandbox, request), {
    message: "unable to start container process: unshare: operation not permitted",
    cause: { code: "permission" },
  });
  t.same(made.processes[0]?.calls, ["ready", "dispose"]);
  t.same(made.sandbox.containers(), []);
});

t.test("createContainer() starts a terminal with the caller's size, else with config.json's", async (t) => {
  for (const [terminalSize, expected] of [
    [
      { columns: 100, rows: 50 },
      { columns: 100, rows: 50 },
    ],
    [undefined, { columns: 80, rows: 25 }],
  ] as const) {
    const made = standInSandbox(t);
    const { process, ...spec } = defaultSpec();
    const specJson = json({ ...spec, process: { ...process, consoleSize: { width: 80, height: 25 } } });
    await createContainer(made.sandbox, { ...request, specJson, terminalSize });
    t.match(
      made.plans[0]?.child.find(({ op }) => op === "open-terminal"),
      expected,
    );
  }
});

t.test("a container whose init ends is stopped, with the status and its cgroup emptied", async (t) => {
  const made = standInSandbox(t);
  const init = await createStandIn(made);
  init.exit(7);
  const container = made.sandbox.container("c1");
  await container.stopped;
  t.match(container.state, { status: "stopped", exitStatus: 7, oomKilled: false });
});

t.test("createContainer() waits for a disk in vain, and leaves nothing then", async (t) => {
  const made = standInSandbox(t);
  const disk = { fileSystem: new Uint8Array(3) };
  await t.rejects(createContainer(made.sandbox, { ...request, disk }), {
    code: "invalid-argument",
    message: /UUID of 16 bytes/,
  });
  t.same(made.sandbox.containers(), []);
  t.same(made.plans, []);
});
