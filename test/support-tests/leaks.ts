import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { hostSnapshot, leaksBetween, leaksSince } from "../support/leaks.js";
import { shortDirectory } from "../support/short-directory.js";

t.test("a snapshot finds processes, sockets and files of its marker, and no others", async (t) => {
  const marker = `leaktest${process.pid}`;
  const directory = shortDirectory(t, marker);
  const before = hostSnapshot(marker, [directory]);
  t.strictSame(leaksBetween(before, hostSnapshot(marker, [directory])), []);

  const byArgument = spawn("sh", ["-c", "read x", marker], { stdio: ["pipe", "ignore", "ignore"] });
  const byEnvironment = spawn("cat", [], { env: { MARK: marker }, stdio: ["pipe", "ignore", "ignore"] });
  await Promise.all([once(byArgument, "spawn"), once(byEnvironment, "spawn")]);
  const server = createServer().listen(join(directory, "s.sock"));
  await once(server, "listening");
  writeFileSync(join(directory, "left"), "");
  const leaks = leaksBetween(before, hostSnapshot(marker, [directory])).join("\n");
  t.match(leaks, new RegExp(`processes: ${byArgument.pid} sh -c read x`));
  t.match(leaks, new RegExp(`processes: ${byEnvironment.pid} cat`));
  t.match(leaks, `sockets: ${join(directory, "s.sock")}`);
  t.match(leaks, `entries: ${join(directory, "left")}`);

  byArgument.stdin.end();
  byEnvironment.stdin.end();
  server.close();
  const left = await leaksSince(hostSnapshot(marker, []), marker, []);
  t.strictSame(left, []);
});
