import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { processEnd } from "../support/process-end.js";
import { TestTskata } from "../support/tskata.js";

/** A hook that appends a word, and the status and pid that it reads, to a file. */
function note(file: string, word: string): { path: string; args: string[] } {
  const script = `tr -d '\\n' | sed -E 's/.*"status":"([a-z]+)"(,"pid":([0-9]+))?.*/${word} \\1 \\3/' >> ${file}; echo >> ${file}`;
  return { path: "/bin/sh", args: ["sh", "-c", script] };
}

t.test("hooks run in the order and with the state of the specification, on the host and in the guest", async (t) => {
  const tskata = new TestTskata(t);
  const file = join(tskata.directory, "notes");
  const environment = join(tskata.directory, "environment");
  const bundle = tskata.bundle({
    process: { args: ["sh", "-c", "cat /started; sleep 1000"] },
    root: { path: "rootfs", readonly: false },
    hooks: {
      prestart: [note(file, "prestart")],
      createRuntime: [note(file, "createRuntime"), { path: "/bin/sh", args: ["sh", "-c", `env > ${environment}`] }],
      createContainer: [
        note(file, "createContainer"),
        { path: "/bin/sh", args: ["sh", "-c", `pwd > here; env >> ${environment}`] },
      ],
      startContainer: [{ path: "/bin/sh", args: ["sh", "-c", "cat > /started; uname -n >> /started"] }],
      poststart: [note(file, "poststart")],
      poststop: [note(file, "poststop")],
    },
  });
  const container = await tskata.create(bundle);
  const { id, pid } = container;
  const created = [`prestart created ${pid}`, `createRuntime created ${pid}`, `createContainer created ${pid}`];
  const notes = (): string[] => readFileSync(file, "utf8").trimEnd().split("\n");
  t.same(notes(), created);
  t.equal(readFileSync(join(bundle, "rootfs/here"), "utf8").trim(), join(bundle, "rootfs"));
  const seenEnvironment = readFileSync(environment, "utf8");
  t.match(seenEnvironment, "TSKATA_CONFIG=", "hooks without an environment of their own have the command's");
  t.notMatch(seenEnvironment, "TSKATA_INHERITED_FDS", "descriptors of the command aren't theirs");

  await tskata.ok(["start", id]);
  t.same(notes(), [...created, `poststart running ${pid}`]);
  const seen = readFileSync(join(bundle, "rootfs/started"), "utf8");
  t.match(seen, `"id":"${id}","status":"created","pid":${pid},"bundle":"${bundle}"`);
  t.match(seen, /\}tskata-test\n$/, "the startContainer hook ran in the container");

  await tskata.ok(["delete", "--force", id]);
  t.same(notes(), [...created, `poststart running ${pid}`, "poststop stopped"]);
});

t.test("a hook that fails before start ends the creation, and the poststop hooks run", async (t) => {
  const tskata = new TestTskata(t);
  for (const name of ["prestart", "createRuntime", "createContainer"]) {
    const file = join(tskata.directory, `poststop-${name}`);
    const failing = [{ path: "/bin/true" }, { path: "/bin/sh", args: ["sh", "-c", "echo no >&2; exit 4"] }];
    const hooks = { [name]: failing, poststop: [{ path: "/bin/false" }, note(file, "poststop")] };
    const bundle = tskata.bundle({ hooks });
    const id = tskata.newId();
    const { status, stderr } = await tskata.run(["create", "--bundle", bundle, id]);
    t.equal(status, 1);
    t.match(stderr, `error running ${name} hook #1: exit status 4, stdout: , stderr: no`);
    t.match(stderr, "error running poststop hook #0: exit status 1");
    t.equal(readFileSync(file, "utf8"), "poststop stopped \n");
    t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  }
});

t.test("a hook that fails at the start stops the container", async (t) => {
  const tskata = new TestTskata(t);
  for (const name of ["startContainer", "poststart"]) {
    const hooks = { [name]: [{ path: "/bin/true" }, { path: "/bin/sh", args: ["sh", "-c", "echo no >&2; exit 4"] }] };
    const bundle = tskata.bundle({ process: { args: ["sh", "-c", "touch ran; sleep 1000"] }, hooks });
    const { id, pid } = await tskata.create(bundle);
    const { status, stderr } = await tskata.run(["start", id]);
    t.equal(status, 1);
    t.match(stderr, `error running ${name} hook #1: exit status 4, stdout: , stderr: no`);
    await processEnd(pid);
    t.equal(await tskata.status(id), "stopped");
    // A poststart hook fails beside the program, which may have got to this.
    if (name === "startContainer") t.notOk(existsSync(join(bundle, "rootfs/ran")));
    await tskata.ok(["delete", id]);
  }
});
