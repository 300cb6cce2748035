import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sendTree } from "../../../src/lab/ssh/send-tree.js";
import { vanishes } from "../../support/appears.js";
import { shortDirectory } from "../../support/short-directory.js";
import { testServer, type TestServerOptions } from "./fixtures/test-server.js";
import type { SshConnection } from "../../../src/lab/ssh/connection.js";

const MIB = 1024 * 1024;

/** A connection, a directory with something to send, and one to send it to. */
async function sender(
  t: Test,
  options?: (there: string) => TestServerOptions,
): Promise<{ connection: SshConnection; here: string; there: string }> {
  const [here, there] = [shortDirectory(t), shortDirectory(t)];
  mkdirSync(join(here, "dist/deep"), { recursive: true });
  writeFileSync(join(here, "dist/deep/data"), randomBytes(3 * MIB));
  writeFileSync(join(here, "dist/it's a file"), "text\n");
  writeFileSync(join(here, "program"), "#!/bin/sh\n", { mode: 0o755 });
  symlinkSync("deep/data", join(here, "dist/link"));
  const connection = await (await testServer(t, options?.(there))).connect();
  return { connection, here, there };
}

function entries(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted();
}

/** A shell on a small file system, which is gone with it; what is left there in the end it lists in a file. */
function onTmpfs(there: string, options: string, path = "$PATH"): TestServerOptions {
  const script = `mount -t tmpfs -o ${options} tmpfs ${there}/small && PATH=${path}
    /bin/sh -c "$1"; status=$?; ls -A ${there}/small >${there}/left; exit $status`;
  mkdirSync(join(there, "small"));
  return { shell: ["unshare", "--mount", "/bin/sh", "-c", script, "sh"] };
}

t.test("sendTree() sends files, directories and links", async (t) => {
  const { connection, here, there } = await sender(t);
  const progress: number[][] = [];
  await sendTree(connection, {
    base: here,
    paths: ["dist", "program"],
    directory: join(there, "a new/one"),
    onProgress: (...numbers) => progress.push(numbers),
  });
  const sent = join(there, "a new/one");
  t.same(entries(sent), entries(here));
  t.ok(readFileSync(join(sent, "dist/link")).equals(readFileSync(join(here, "dist/deep/data"))));
  t.equal(statSync(join(sent, "program")).mode & 0o777, 0o755);
  const [last = []] = progress.slice(-1);
  t.ok(progress.length > 1 && progress.every(([bytes = 0, of = 0]) => bytes <= of), "progress is told");
  t.ok((last[0] ?? 0) > 3 * MIB && last[0] === last[1], "to its end");
});

t.test("sendTree() sends beside what is there, and replaces nothing", async (t) => {
  const { connection, here, there } = await sender(t);
  writeFileSync(join(there, "mine"), "mine\n");
  await sendTree(connection, { base: here, paths: ["dist/deep/data"], directory: there });
  t.same(readdirSync(there).toSorted(), ["dist", "mine"]);
  const again = sendTree(connection, { base: here, paths: ["program", "dist/deep/data"], directory: there });
  await t.rejects(again, { code: "already-exists", message: /dist\/deep\/data is there already/ });
  t.same(readdirSync(there).toSorted(), ["dist", "mine"]);
});

t.test("sendTree() says what a full disk has, before it sends anything", async (t) => {
  const { connection, here, there } = await sender(t, (there) => onTmpfs(there, "size=1m"));
  const directory = join(there, "small/new/er");
  await t.rejects(sendTree(connection, { base: here, paths: ["dist"], directory }), {
    code: "resource",
    message: /no room: takes 30\d\d KiB, and df says \d+ of 1024 KiB are free on \/\S+small/,
  });
  t.equal(readFileSync(join(there, "left"), "utf8"), "", "nothing is left");
});

t.test("sendTree() says that a disk has filled up in the middle, and leaves nothing", async (t) => {
  const bin = shortDirectory(t);
  const { connection, here, there } = await sender(t, (there) => onTmpfs(there, "size=4m", `${bin}:$PATH`));
  const filler = join(there, "small/filler");
  writeFileSync(join(bin, "tar"), `#!/bin/sh\nhead -c 3000000 /dev/zero >${filler}\nPATH=\${PATH#*:} exec tar "$@"\n`);
  chmodSync(join(bin, "tar"), 0o755);
  await t.rejects(sendTree(connection, { base: here, paths: ["dist"], directory: join(there, "small") }), {
    code: "resource",
    message: /no room: takes 30\d\d KiB, and df says 0 of 4096 KiB are free/,
  });
  t.equal(readFileSync(join(there, "left"), "utf8"), "filler\n");
});

t.test("sendTree() says that there is no room for so many files", async (t) => {
  const { connection, here, there } = await sender(t, (there) => onTmpfs(there, "size=100m,nr_inodes=4"));
  await t.rejects(sendTree(connection, { base: here, paths: ["dist"], directory: join(there, "small") }), {
    code: "resource",
    message: /no room for 5 files: df -i says tmpfs +4 +4 +0 /,
  });
  t.equal(readFileSync(join(there, "left"), "utf8"), "");
});

t.test("sendTree() leaves nothing there where it is aborted, or the connection breaks", async (t) => {
  for (const how of ["abort", "break"]) {
    const { connection, here, there } = await sender(t);
    // more than is on its way before somebody reads there
    writeFileSync(join(here, "dist/more"), randomBytes(24 * MIB));
    const reason = new AbortController();
    const stop = (): void => {
      if (!existsSync(join(there, "new"))) return;
      if (how === "abort") reason.abort(new Error("stopped"));
      else void connection.close();
    };
    const sending = sendTree(connection, {
      base: here,
      paths: ["dist"],
      directory: join(there, "new"),
      onProgress: stop,
      signal: reason.signal,
    });
    await t.rejects(sending, how === "abort" ? { message: "stopped" } : { code: "unavailable" });
    await vanishes(there, "new", AbortSignal.timeout(20_000));
    t.same(readdirSync(there), []);
  }
});

t.test("sendTree() refuses what isn't here, or isn't below here", async (t) => {
  const { connection, here, there } = await sender(t);
  const send = (path: string, directory = there): Promise<void> =>
    sendTree(connection, { base: here, paths: [path], directory });
  await t.rejects(send("absent"), { code: "not-found", message: /absent/ });
  for (const path of ["", ".", "..", "../x", "/etc", "dist/", "dist/../x", "-x"])
    await t.rejects(send(path), { code: "invalid-argument" }, path);
  await t.rejects(send("dist", "relative"), { code: "invalid-argument", message: /write an absolute path/ });
  t.same(readdirSync(there), []);
});

t.test("sendTree() says what the host says where it refuses", async (t) => {
  const { connection, here, there } = await sender(t);
  writeFileSync(join(there, "file"), "");
  await t.rejects(sendTree(connection, { base: here, paths: ["dist"], directory: join(there, "file/new") }), {
    code: "permission",
    message: /dist into \S+file\/new: the host ended with 1: mkdir: .*Not a directory/,
  });
});
