import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { sendTree } from "../../../src/lab/ssh/send-tree.js";
import { appears, vanishes } from "../../support/appears.js";
import { processEnd } from "../../support/process-end.js";
import { shortDirectory } from "../../support/short-directory.js";
import { scan, SSHD, sshd, stop } from "./fixtures/sshd.js";

const DEADLINE_MS = 20_000;
const options = { skip: existsSync(SSHD) ? false : "OpenSSH's server is not installed" };

t.test("OpenSSH's server is known by what ssh-keyscan and ssh-keygen -H write", options, async (t) => {
  const server = await sshd(t, [], ["ed25519", "rsa"]);
  for (const types of [["ed25519"], ["rsa"], ["rsa", "ed25519"]]) {
    const known = scan(server, ...types);
    const connection = await server.connect({ knownHosts: [known] });
    t.match(await connection.run("echo in"), { status: 0, stdout: "in\n" }, types.join());
    await connection.close();
  }
  const hashed = scan(server, "rsa", "ed25519");
  execFileSync("ssh-keygen", ["-q", "-H", "-f", hashed], { stdio: "ignore" });
  t.match(await readFile(hashed, "utf8"), /^\|1\|/m);
  const connection = await server.connect({ knownHosts: [hashed] });
  t.match(await connection.run("echo in"), { stdout: "in\n" });
  const refused = server.connect({ knownHosts: [] });
  const shown = execFileSync("ssh-keygen", ["-lf", join(server.dir, "host.pub")], { encoding: "utf8" }).split(" ")[1];
  await t.rejects(refused, { code: "not-found", message: new RegExp(`ssh-ed25519 ${shown?.replaceAll("+", "\\+")},`) });
});

t.test("OpenSSH's server lets in keys of files and of an agent", options, async (t) => {
  const server = await sshd(t, [], ["ed25519", "rsa"]);
  const knownHosts = [scan(server, "ed25519")];
  const rsa = await server.connect({ knownHosts, identities: [join(server.dir, "user-rsa")] });
  t.match(await rsa.run("echo rsa"), { stdout: "rsa\n" });
  const socket = join(server.dir, "agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  t.teardown(() => stop(agent));
  await appears(server.dir, "agent", AbortSignal.timeout(DEADLINE_MS));
  for (const name of ["user", "user-rsa"]) {
    const file = join(server.dir, name);
    execFileSync("ssh-add", [file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-f", file], { stdio: "ignore" });
    const locked = { knownHosts, identities: [file] };
    await t.rejects(server.connect(locked), { code: "permission", message: /is encrypted, and there is no agent/ });
    const connection = await server.connect({ ...locked, agentSocket: socket });
    t.match(await connection.run("echo agent"), { stdout: "agent\n" }, name);
  }
  await t.rejects(server.connect({ knownHosts, identities: [join(server.dir, "host")] }), {
    code: "permission",
    message: /nobody was let in: tried \S+host \(ssh-ed25519 .*; the host takes .*publickey/,
  });
});

t.test("OpenSSH's server ends an aborted command, for root too", options, async (t) => {
  const server = await sshd(t);
  const connection = await server.connect({ knownHosts: [scan(server, "ed25519")] });
  const dir = shortDirectory(t);
  const reason = new AbortController();
  const command = `cd ${dir}; sleep 1000 & echo $! >new; mv new pid; wait`;
  const result = connection.run(command, { signal: reason.signal });
  result.catch(() => undefined);
  await appears(dir, "pid", AbortSignal.timeout(DEADLINE_MS));
  reason.abort(new Error("given up"));
  await t.rejects(result, { message: "given up" });
  await processEnd(Number(await readFile(join(dir, "pid"), "utf8")));
  t.match(await connection.run("exit 7"), { status: 7 });
  t.match(await connection.run("kill -KILL $$"), { signal: "SIGKILL" });
});

t.test("OpenSSH's server takes trees, over changes of keys, and its disk may be full", options, async (t) => {
  const server = await sshd(t, ["RekeyLimit 1M"]);
  const connection = await server.connect({ knownHosts: [scan(server, "ed25519")] });
  const [here, there] = [shortDirectory(t), shortDirectory(t)];
  execFileSync("sh", ["-c", `head -c 12000000 /dev/urandom >"$1/data"`, "sh", here]);
  await sendTree(connection, { base: here, paths: ["data"], directory: there });
  execFileSync("cmp", [join(here, "data"), join(there, "data")]);
  const small = join(server.dir, "small");
  await t.rejects(sendTree(connection, { base: here, paths: ["data"], directory: join(small, "new") }), {
    code: "resource",
    message: /takes 11\d\d\d KiB, and df says 1024 of 1024 KiB are free on .*small/,
  });
  t.match(await connection.run(`ls -A ${small}`), { status: 0, stdout: "" });
});

t.test("OpenSSH's server may be killed in the middle", options, async (t) => {
  const server = await sshd(t);
  const knownHosts = [scan(server, "ed25519")];
  const connection = await server.connect({ knownHosts });
  const [here, there] = [shortDirectory(t), shortDirectory(t)];
  writeFileSync(join(here, "data"), Buffer.alloc(50_000_000));
  const session = (await connection.run("echo $PPID")).stdout.trim();
  const killed = sendTree(connection, {
    base: here,
    paths: ["data"],
    directory: join(there, "new"),
    onProgress: (bytes) => bytes > 10_000_000 && process.kill(Number(session), "SIGKILL"),
  });
  await t.rejects(killed, { code: "unavailable", message: /@127\.0\.0\.1:\d+: the connection was/ });
  t.match(await connection.lost, { code: "unavailable" });
  await vanishes(there, "new", AbortSignal.timeout(DEADLINE_MS));
  t.same(readdirSync(there), []);
});
