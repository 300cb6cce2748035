import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import t from "tap";

const main = join(t.testdir({}), "main.mjs");
const source = fileURLToPath(new URL("../../../src/host/cli/main.ts", import.meta.url));
// As the build makes it, in one file.
await esbuild.build({
  entryPoints: [source],
  outfile: main,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});

function tskata(args: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { input, encoding: "utf8", env: { PATH: process.env["PATH"] } });
}

t.test("the program prints its version", (t) => {
  t.match(tskata(["--version"]), { status: 0, stdout: /^tskata version /, stderr: "" });
  t.end();
});

t.test("the program works on the real state directory that it is told", (t) => {
  const root = t.testdir({});
  t.match(tskata(["--root", root, "list", "--format", "json"]), { status: 0, stdout: "[]\n", stderr: "" });
  t.match(tskata(["--root", root, "state", "nobody"]), { status: 1, stdout: "", stderr: /^tskata: error: .*nobody/ });
  t.match(tskata(["--root", root, "delete", "--force", "nobody"]), { status: 0, stdout: "", stderr: "" });
  t.end();
});

t.test("the program reads files and standard input", (t) => {
  const root = t.testdir({});
  const update = ["--root", root, "update", "nobody", "--resources"];
  t.match(tskata([...update, "-"], '{"pids":{"limit":true}}'), {
    status: 1,
    stderr: /update nobody: pids\.limit: found true/,
  });
  t.match(tskata([...update, "-"], '{"pids":{"limit":5}}'), { status: 1, stderr: /nobody.*does not exist/ });
  writeFileSync(join(root, "file"), "[]");
  t.match(tskata([...update, join(root, "file")]), { status: 1, stderr: /\/file: the document: found/ });
  t.match(tskata([...update, join(root, "none")]), { status: 1, stderr: /read .*\/none: ENOENT/ });
  mkdirSync(join(root, "directory"));
  t.match(tskata([...update, join(root, "directory")]), { status: 1, stderr: /read .*\/directory: EISDIR/ });
  t.match(tskata([...update, "-"], " ".repeat(17 * 1024 * 1024)), { status: 1, stderr: /more than 16777216 bytes/ });
  t.end();
});

t.test("a reader that goes away is no fault to tell of", async (t) => {
  const child = spawn(process.execPath, [main, "features"], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.destroy();
  await once(child, "close");
  t.equal(stderr, "");
});

t.test("output is whole though the program ends at once", (t) => {
  const text = execFileSync("sh", ["-c", `"$0" "$1" features | cat`, process.execPath, main], { encoding: "utf8" });
  t.ok(Object.keys(JSON.parse(text) as object).length > 3);
  t.end();
});
