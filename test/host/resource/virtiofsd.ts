import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import t, { type Test } from "tap";
import { findVirtiofsd, startVirtiofsd, virtiofsdArguments } from "../../../src/host/resource/virtiofsd.js";
import { shortDirectory } from "../../support/short-directory.js";
import { VIRTIOFSD_PRELOAD } from "../../support/built-programs.js";

const binary = findVirtiofsd();

function options(t: Test, program: string): Parameters<typeof startVirtiofsd>[0] {
  const directory = shortDirectory(t);
  const sharedDirectory = join(directory, "shared");
  mkdirSync(sharedDirectory);
  return {
    binary: program,
    preload: VIRTIOFSD_PRELOAD,
    sharedDirectory,
    socketPath: join(directory, "s"),
    socketOwner: { uid: 65534, gid: 65534 },
  };
}

/** A program in the place of virtiofsd. */
function script(t: Test, text: string): string {
  const path = join(shortDirectory(t), "virtiofsd");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

t.test("findVirtiofsd() takes the first that can be run", async (t) => {
  t.equal(findVirtiofsd(["/no/such", "/etc/passwd", "/bin/true", "/bin/false"]), "/bin/true");
  t.equal(findVirtiofsd(["/no/such"]), undefined);
});

t.test("virtiofsdArguments() knows QEMU's server and the Rust one", async (t) => {
  const given = { sharedDirectory: "/shared", socketPath: "/s" };
  const qemus = virtiofsdArguments({ ...given, binary: "/usr/lib/qemu/virtiofsd" });
  t.same(qemus.slice(0, 3), ["-f", "--socket-path=/s", "--rlimit-nofile=0"]);
  t.ok(qemus.includes("source=/shared"));
  const rust = virtiofsdArguments({ ...given, binary: "/usr/libexec/virtiofsd" });
  t.same(rust.slice(0, 2), ["--socket-path=/s", "--shared-dir=/shared"]);
  for (const args of [qemus, rust]) t.match(args.join(" "), /sandbox=namespace.*announce.submounts/);
});

t.test("startVirtiofsd() answers when the VMM's user can connect, and ends with the connection", async (t) => {
  if (binary === undefined) throw new Error("no virtiofsd on this machine");
  const given = options(t, binary);
  const server = await startVirtiofsd(given);
  t.equal(statSync(given.socketPath).uid, 65534);
  const connection = connect(given.socketPath);
  await once(connection, "connect");
  connection.destroy();
  t.match(await server.exited, { inOrder: true });
  await server.stop();
});

t.test("stop() ends a server that nobody uses", async (t) => {
  if (binary === undefined) throw new Error("no virtiofsd on this machine");
  const server = await startVirtiofsd(options(t, binary));
  await server.stop();
  t.notOk(existsSync(`/proc/${server.pid}`));
  t.match(await server.exited, { inOrder: false, description: /^virtiofsd ended with SIGKILL/ });
});

t.test("startVirtiofsd() tells why a server won't start, with its last words", async (t) => {
  const noisy = script(t, "for n in 1 2 3 4 5; do echo line $n >&2; done; exit 9");
  await t.rejects(startVirtiofsd(options(t, noisy)), {
    code: "unavailable",
    message: "share files with the guest: virtiofsd ended with status 9: line 3; line 4; line 5",
  });
});

t.test("startVirtiofsd() gives up with its signal's reason, and leaves no server", async (t) => {
  const silent = script(t, "exec sleep 1000");
  const giveUp = new AbortController();
  const start = startVirtiofsd(options(t, silent), giveUp.signal);
  giveUp.abort(new Error("enough"));
  await t.rejects(start, { message: "enough" });
});

t.test("onCrowded() tells that the server asks for room", async (t) => {
  const asking = script(t, "echo 'Waiting for vhost-user socket connection' >&2; printf r >&3; exec sleep 1000");
  const { socketOwner: _none, ...given } = options(t, asking);
  const server = await startVirtiofsd(given);
  await t.resolves(new Promise<void>((resolve) => server.onCrowded(resolve)));
  await server.stop();
});
