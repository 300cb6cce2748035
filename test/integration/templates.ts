import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { shortDirectory } from "../support/short-directory.js";
import { TestTskata } from "../support/tskata.js";

const BOOTED = /level=warning msg="the VM is not cloned but booted: /;
/** More at once than the machine has processors. */
const FIRST_USES = 6;

/** Templates are files, as with KVM. */
const FILES = "[qemu]\nlive_templates = false\n";

interface Template {
  readonly key: string;
  readonly directory: string;
}

interface Holder {
  readonly pid: number;
}

/** The process that holds a template. */
function holderOf({ directory }: Template): Holder {
  const record = JSON.parse(readFileSync(join(directory, "template.json"), "utf8")) as { readonly holder: Holder };
  return record.holder;
}

/** A tskata whose templates are its own. */
function withOwnTemplates(t: Test, config = "", directory = "own") {
  const tskata = new TestTskata(t, config, undefined, directory);
  const list = async (): Promise<Template[]> =>
    JSON.parse(await tskata.ok(["template", "list", "--format", "json"])) as Template[];
  const bundle = tskata.bundle({ process: { args: ["echo", "hi"] } });
  const runOnce = () => tskata.run(["run", "--bundle", bundle, tskata.newId()]);
  return { tskata, list, runOnce };
}

t.test("the first use makes a template, and later ones clone from it", async (t) => {
  const { tskata, list, runOnce } = withOwnTemplates(t);
  t.match(
    await tskata.ok(["template", "status"]),
    /^VMs are cloned from template [0-9a-f]{16}, which the first one makes/,
  );
  t.match(await runOnce(), { status: 0, text: "hi", stderr: "" });
  const [template, ...others] = await list();
  t.strictSame(others, []);
  t.match(await tskata.ok(["template", "status"]), `VMs are cloned from template ${template?.key ?? ""} of`);
  const { id } = await tskata.create(tskata.bundle());
  t.ok(stagesOf(tskata, id).includes("clone"));
  t.notOk(stagesOf(tskata, id).includes("kernel"));
  t.strictSame(await list(), [template]);
});

t.test("first uses at the same time make one template", async (t) => {
  const { list, runOnce } = withOwnTemplates(t);
  const runs = await Promise.all(Array.from({ length: FIRST_USES }, runOnce));
  for (const run of runs) t.match(run, { status: 0, text: "hi", stderr: "" });
  t.equal((await list()).length, 1);
});

t.test("clones over virtiofs and 9p, of QEMUs that are forked and of files, run alike", async (t) => {
  for (const config of ["", FILES]) {
    for (const backend of ["virtiofs", "9p"]) {
      const { tskata, runOnce } = withOwnTemplates(t, `${config}[share]\nbackend = "${backend}"\n`);
      t.match(await runOnce(), { status: 0, text: "hi", stderr: "" }, `${config} ${backend}`);
      const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
      t.ok(stagesOf(tskata, id).includes("clone"));
      t.equal(await tskata.ok(["exec", id, "sh", "-c", "sort /bin/busybox | wc -c | grep -c ."]), "1");
      const mebibytes = "dd if=/dev/zero of=/tmp/x bs=1M count=24 2>/dev/null; dd if=/tmp/x bs=1M 2>/dev/null | wc -c";
      t.equal(await tskata.ok(["exec", id, "sh", "-c", mebibytes]), String(24 * 1024 * 1024), "more than the window");
    }
  }
});

t.test("a template whose QEMU was killed is made anew, and what was cloned from it lives", async (t) => {
  const { tskata, list, runOnce } = withOwnTemplates(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const [template] = await list();
  t.ok(template);
  if (template === undefined) return;
  const { pid } = holderOf(template);
  process.kill(pid, "SIGKILL");
  t.match(await list(), [{ stale: "the process that held it has ended" }]);
  t.match(await runOnce(), { status: 0, text: "hi", stderr: "" });
  const [another] = await list();
  t.not(another && holderOf(another).pid, pid);
  t.equal(await tskata.ok(["exec", id, "echo", "alive"]), "alive");
});

t.test("a template whose QEMU hangs is thrown away, and the VM boots", async (t) => {
  const { list, runOnce } = withOwnTemplates(t);
  await runOnce();
  const [template] = await list();
  t.ok(template);
  if (template === undefined) return;
  process.kill(holderOf(template).pid, "SIGSTOP");
  t.match(await runOnce(), { status: 0, text: "hi", stderr: BOOTED });
  t.strictSame(await list(), []);
});

t.test("a caller in other pid and mount namespaces has a template of its own", async (t) => {
  const { tskata, list, runOnce } = withOwnTemplates(t);
  await runOnce();
  const [ours] = await list();
  t.ok(ours);
  if (ours === undefined) return;
  const bundle = tskata.bundle({ process: { args: ["echo", "from there"] } });
  const enter = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"];
  const there = await tskata.run(["run", "--bundle", bundle, tskata.newId()], { enter });
  t.match(there, { status: 0, text: "from there", stderr: "" });
  const [theirs] = await list();
  t.match(theirs, { elsewhere: true });
  t.not(theirs?.key, ours.key);
  t.notMatch(ours, { elsewhere: true });
  t.match(await runOnce(), { status: 0, text: "hi", stderr: "" });
  t.ok(existsSync(`/proc/${holderOf(ours).pid}`), "nobody took ours for stale");
});

t.test("a container runs on in a VM whose template is removed", async (t) => {
  const { tskata, list } = withOwnTemplates(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const [template] = await list();
  t.equal(await tskata.ok(["template", "remove", "--all"]), template?.key);
  t.strictSame(await list(), []);
  t.equal(await tskata.ok(["exec", id, "sh", "-c", "sort /bin/busybox | wc -c | grep -c ."]), "1");
});

t.test("with template.enabled = false, and on machine microvm, VMs boot", async (t) => {
  for (const config of ["[template]\nenabled = false\n", '[qemu]\nmachine = "microvm"\n']) {
    const { tskata, list } = withOwnTemplates(t, config);
    t.match(await tskata.ok(["template", "status"]), /^VMs boot: /);
    const { id } = await tskata.create(tskata.bundle());
    t.ok(stagesOf(tskata, id).includes("kernel"));
    t.strictSame(await list(), []);
    t.match(await tskata.run(["template", "create"]), { status: 1, stderr: /template/ });
  }
});

t.test("over 9p clones have their template's memory, which stays as it is", async (t) => {
  const { tskata, list, runOnce } = withOwnTemplates(t, `${FILES}[guest]\nmemory_mib = 512\n[share]\nbackend = "9p"\n`);
  t.match(await runOnce(), { status: 0, text: "hi", stderr: "" });
  const memory = join((await list())[0]?.directory ?? "", "memory");
  const before = readFileSync(memory);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.ok(stagesOf(tskata, id).includes("clone"));
  await tskata.ok(["exec", id, "sh", "-c", "dd if=/dev/urandom of=/tmp/x bs=1M count=8 2>/dev/null"]);
  t.ok(readFileSync(memory).equals(before));
});

for (const { what, spoil } of [
  {
    what: "whose devices' state was cut off",
    spoil: (directory: string) => truncateSync(join(directory, "state"), 1000),
  },
  {
    what: "whose devices' state is no such thing",
    spoil: (directory: string) => writeFileSync(join(directory, "state"), "x".repeat(9999)),
  },
  { what: "whose memory is all zeros", spoil: (directory: string) => zero(join(directory, "memory")) },
  { what: "whose memory was cut off", spoil: (directory: string) => truncateSync(join(directory, "memory"), 4096) },
]) {
  t.test(`a template ${what} is thrown away, and the VM boots`, async (t) => {
    const { tskata, list, runOnce } = withOwnTemplates(t, FILES);
    await tskata.ok(["template", "create"]);
    const [template] = await list();
    spoil(template?.directory ?? "");
    t.match(await runOnce(), { status: 0, text: "hi", stderr: BOOTED });
    t.strictSame(await list(), []);
    t.match(await runOnce(), { status: 0, text: "hi", stderr: "" });
    t.equal((await list()).length, 1);
  });
}

t.test("where the file system of templates is full, VMs boot, and nothing is left in it", async (t) => {
  const small = shortDirectory(t);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m,mode=711", "tmpfs", small]);
  t.teardown(() => execFileSync("umount", [small]));
  const { tskata, runOnce } = withOwnTemplates(t, FILES, join(small, "templates"));
  t.match(await runOnce(), { status: 0, text: "hi", stderr: BOOTED });
  t.match(await tskata.ok(["template", "status"]), /^VMs boot: template [0-9a-f]{16} could not be made at /);
  t.strictSame(
    readdirSync(join(small, "templates")).filter((name) => !/^lock$|\.failed$/.test(name)),
    [],
  );
  t.match(await tskata.run(["template", "create"]), { status: 1, stderr: /make the template/ });
});

t.test("another kernel file makes another template, and the old one goes", async (t) => {
  const manifest = join(repositoryRoot(import.meta.url), "build/guest.json");
  const { kernel, image } = JSON.parse(readFileSync(manifest, "utf8")) as Record<"kernel" | "image", string>;
  const copy = join(shortDirectory(t), "kernel");
  const { tskata, list } = withOwnTemplates(t, `[guest]\nkernel = "${copy}"\nimage = "${image}"\n`);
  copyFileSync(kernel, copy);
  const first = await tskata.ok(["template", "create"]);
  t.equal(await tskata.ok(["template", "create"]), first);
  copyFileSync(kernel, copy);
  t.match(await list(), [{ key: first, stale: `${copy} has changed` }]);
  const second = await tskata.ok(["template", "create"]);
  t.not(second, first);
  t.match(await list(), [{ key: second }]);
});

/** What the VM of a container was made by. */
function stagesOf(tskata: TestTskata, id: string): string[] {
  const stages = JSON.parse(readFileSync(join(tskata.record(id).runDirectory, "timings.json"), "utf8")) as {
    stage: string;
  }[];
  return stages.map(({ stage }) => stage);
}

function zero(path: string): void {
  truncateSync(path, 0);
  truncateSync(path, 512 * 1024 * 1024);
}
