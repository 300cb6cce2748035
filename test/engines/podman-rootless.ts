import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { unlessInstalled } from "./support/installed.js";
import { IMAGE, RootlessPodman } from "./support/rootless-podman.js";
import { staticProgram } from "./support/static-program.js";
import { untilAnswered } from "./support/until-answered.js";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const OBEDIENT = "trap 'echo term; exit 3' TERM; echo up; while :; do sleep 0.1; done";

t.test("an ordinary user's Podman", { skip: unlessInstalled("podman", "uidmap", "slirp4netns") }, async (t) => {
  const podman = await RootlessPodman.start(t);
  const { user, world } = podman;
  const once = (...args: string[]) => podman.run(["run", "--rm", ...args]);
  const start = (name: string, ...args: string[]) => podman.ok("run", "--detach", "--name", name, ...args);
  const serving = (word: string, port = 80) => ["nc", "-ll", "-p", String(port), "-e", "echo", word];

  await t.test("check tells the user where to look, and there that all is well", async (t) => {
    t.match(await user.run([podman.runtime, "check"]), { status: 1, text: /user id \d+: .*\n.*podman unshare/ });
    const { status, text } = await podman.run(["unshare", podman.runtime, "check"]);
    t.match(text, new RegExp(`user: root of a user namespace with 65537 user ids, user id ${user.id} outside`));
    t.match(text, /mount namespace: can be made/);
    t.match(text, new RegExp(`run directory: ${user.runtimeDirectory}/tskata-vm`));
    t.equal(status, 0, text);
  });

  await t.test("the set-up works as it stands in docs/engines.md", async (t) => {
    const text = readFileSync(join(repositoryRoot(import.meta.url), "docs/engines.md"), "utf8");
    const lines = /^Then, as that user.*\n\n```sh\n([^]*?)\n```/m.exec(text)?.[1] ?? "";
    await podman.ok("tag", IMAGE, "docker.io/library/busybox:latest");
    t.match(await user.ok(["sh", "-ec", lines.replaceAll("/usr/local/bin/tskata", podman.runtime)]), /\n.*-tskata$/);
  });

  await t.test("run has the output, the errors and the status of a program in a VM", async (t) => {
    const script = `cat ${BOOT_ID}; id -u; echo problem >&2; exit 5`;
    const { status, text, stderr } = await once(IMAGE, "sh", "-c", script);
    t.match({ status, stderr }, { status: 5, stderr: /problem/ });
    const [bootId, id] = text.split("\n");
    t.equal(id, "0");
    t.not(bootId, readFileSync(BOOT_ID, "utf8").trim());
  });

  await t.test("a container in the background has logs and execs, and stops", async (t) => {
    await start("kept", IMAGE, "sh", "-c", OBEDIENT);
    await podman.talk("logs", "--follow", "kept").says(/up/);
    const script = "cat; id -u; exit 6";
    const options = ["--interactive", "--user", "nobody"];
    t.match(await podman.run(["exec", ...options, "kept", "sh", "-c", script], { input: "typed\n" }), {
      status: 6,
      text: "typed\n65534",
    });
    await podman.ok("stop", "kept");
    t.equal(await podman.ok("logs", "kept"), "up\nterm");
    t.equal(await podman.ok("inspect", "--format", "{{.State.ExitCode}}", "kept"), "3");
    await podman.ok("rm", "kept");
  });

  await t.test("files of a volume are the user's on both sides", async (t) => {
    const directory = user.makeDirectory("shared");
    writeFileSync(join(directory, "there"), "from the host");
    const script =
      "cat /volume/there; echo back > /volume/back; echo 1 > /volume/nobodys; chown nobody /volume/nobodys";
    t.match(await once("--volume", `${directory}:/volume`, IMAGE, "sh", "-c", script), { text: "from the host" });
    t.equal(readFileSync(join(directory, "back"), "utf8"), "back\n");
    t.equal(statSync(join(directory, "back")).uid, user.id);
    t.equal(statSync(join(directory, "nobodys")).uid, 700_000 + 65_534 - 1);
    await once("--volume", "named:/volume", IMAGE, "sh", "-c", "echo kept > /volume/file");
    t.match(await once("--volume", "named:/volume", IMAGE, "cat", "/volume/file"), { text: "kept" });
  });

  await t.test("published ports lead to a container, and it reaches others", async (t) => {
    const echo = ["--volume", `${staticProgram(world, "udp-echo")}:/udp-echo`];
    const ports = ["--publish", "8080:80", "--publish", "8081:81/udp"];
    await start("serving", ...ports, ...echo, IMAGE, "sh", "-c", "/udp-echo 81 & nc -ll -p 80 -e echo hello");
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8080), "hello\n");
    t.equal(await untilAnswered(world, "udp", "127.0.0.1", 8081), "ping");
    const ask = ["sh", "-c", "nc 10.0.2.2 8080"];
    t.match(await once("--network", "slirp4netns:allow_host_loopback=true", IMAGE, ...ask), { text: "hello" });
    await podman.ok("rm", "--force", "--time", "0", "serving");
    const handler = "slirp4netns:port_handler=slirp4netns";
    await start("slirping", "--network", handler, "--publish", "8082:80", IMAGE, ...serving("hello again"));
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8082), "hello again\n");
    await podman.ok("rm", "--force", "--time", "0", "slirping");
  });

  await t.test("they do on a network of the user's own as well", async (t) => {
    await podman.ok("network", "create", "named");
    await start("bridged", "--network", "named", "--publish", "8085:80", IMAGE, ...serving("bridged"));
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8085), "bridged\n");
    t.match(await once("--network", "named", IMAGE, "nc", "bridged", "80"), { text: "bridged" });
    await podman.ok("rm", "--force", "--time", "0", "bridged");
    await podman.ok("network", "rm", "named");
  });

  await t.test("a pod is one VM, with the ports that the pod publishes", async (t) => {
    await podman.ok("pod", "create", "--name", "pod", "--publish", "8083:80");
    await start("server", "--pod", "pod", IMAGE, ...serving("pod"));
    await start("neighbour", "--pod", "pod", IMAGE, "sleep", "1000");
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8083), "pod\n");
    t.equal(await podman.ok("exec", "neighbour", "nc", "127.0.0.1", "80"), "pod");
    const bootId = (name: string) => podman.ok("exec", name, "cat", BOOT_ID);
    t.equal(await bootId("server"), await bootId("neighbour"));
    await podman.ok("pod", "rm", "--force", "--time", "0", "pod");
  });

  await t.test("with --userns=keep-id the user has the same id inside", async (t) => {
    const directory = user.makeDirectory("kept-id");
    const script = "id -u; touch /volume/file; stat -c %u /volume/file";
    const { status, text } = await once(
      "--userns=keep-id",
      "--volume",
      `${directory}:/volume`,
      IMAGE,
      "sh",
      "-c",
      script,
    );
    t.match({ status, text }, { status: 0, text: `${user.id}\n${user.id}` });
    t.equal(statSync(join(directory, "file")).uid, user.id);
    await start("keeping", "--userns=keep-id", "--publish", "8084:8080", IMAGE, ...serving("kept", 8080));
    t.equal(await untilAnswered(world, "tcp", "127.0.0.1", 8084), "kept\n");
    await podman.ok("rm", "--force", "--time", "0", "keeping");
  });

  await t.test("a configuration in the user's home is followed by every command", async (t) => {
    const directory = user.makeDirectory(".config/tskata");
    const root = join(user.runtimeDirectory, "elsewhere");
    writeFileSync(join(directory, "config.toml"), `[paths]\nstate_root = "${root}"\n[guest]\nmemory_mib = 300\n`);
    await start("configured", "--network", "none", IMAGE, "sleep", "1000");
    const [, kib] = /^MemTotal: +(\d+) kB$/m.exec(await podman.ok("exec", "configured", "cat", "/proc/meminfo")) ?? [];
    t.ok(Number(kib) < 300 * 1024, `${kib} KiB`);
    t.equal(readdirSync(root).length, 1);
    await podman.ok("rm", "--force", "--time", "0", "configured");
    t.strictSame(readdirSync(root), []);
    rmSync(directory, { recursive: true });
  });

  await t.test("nothing is left of them", async (t) => {
    for (const name of ["tskata", "tskata-vm"]) t.strictSame(readdirSync(join(user.runtimeDirectory, name)), [], name);
  });
});
