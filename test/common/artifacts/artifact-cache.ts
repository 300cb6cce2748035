import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import t from "tap";
import { cacheDirectory, ensureArtifact } from "../../../src/common/artifacts/artifact-cache.js";
import type { ArtifactRecipe } from "../../../src/common/artifacts/artifact-cache.js";

const silent = (): void => undefined;

function recipe(inputs: string, build?: (directory: string) => Promise<void>) {
  const counted: ArtifactRecipe & { builds: number } = {
    kind: "thing",
    inputs,
    builds: 0,
    async build(directory) {
      counted.builds += 1;
      await (build ?? ((at) => writeFile(join(at, "file"), `made from ${inputs}`)))(directory);
    },
  };
  return counted;
}

t.test("an artifact is built once and found again", async (t) => {
  const cache = join(t.testdir(), "made/on/demand");
  const thing = recipe("a");
  const first = await ensureArtifact(cache, thing, silent);
  const second = await ensureArtifact(cache, thing, silent);
  t.strictSame(first, second);
  t.equal(thing.builds, 1);
  t.equal(await readFile(join(first.directory, "file"), "utf8"), "made from a");
  t.equal(first.directory, join(cache, `thing-${first.hash}`));
});

t.test("other inputs are another artifact", async (t) => {
  const cache = t.testdir();
  const one = await ensureArtifact(cache, recipe("a"), silent);
  const other = await ensureArtifact(cache, recipe("b"), silent);
  t.not(one.directory, other.directory);
});

t.test("the manifest names the inputs, and each file with its size and digest", async (t) => {
  const { directory, hash } = await ensureArtifact(t.testdir(), recipe("a"), silent);
  t.match(JSON.parse(await readFile(join(directory, "manifest.json"), "utf8")), {
    kind: "thing",
    hash,
    inputs: "a",
    files: { file: { bytes: 11, sha256: /^[0-9a-f]{64}$/ } },
  });
});

t.test("scratch directories of a build don't stay", async (t) => {
  const thing = recipe("a", async (directory) => {
    await mkdir(join(directory, "scratch"));
    await writeFile(join(directory, "file"), "x");
  });
  const { directory } = await ensureArtifact(t.testdir(), thing, silent);
  t.strictSame((await readdir(directory)).sort(), ["file", "manifest.json"]);
});

t.test("of builds at the same time one does the work", async (t) => {
  const cache = t.testdir();
  const things = Array.from({ length: 5 }, () => recipe("a"));
  const artifacts = await Promise.all(things.map((thing) => ensureArtifact(cache, thing, silent)));
  t.equal(
    things.reduce((sum, thing) => sum + thing.builds, 0),
    1,
  );
  t.equal(new Set(artifacts.map((artifact) => artifact.directory)).size, 1);
});

t.test("whoever waits for another build is told", async (t) => {
  const cache = t.testdir();
  const stages: string[] = [];
  let finish = silent;
  const slow = recipe("a", async (directory) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
      second = ensureArtifact(cache, recipe("a"), ({ stage }) => {
        stages.push(stage);
        finish();
      });
    });
    await writeFile(join(directory, "file"), "x");
  });
  let second: Promise<unknown> | undefined;
  await ensureArtifact(cache, slow, silent);
  await second;
  t.strictSame(stages, ["wait for another build of the thing"]);
});

t.test("a build that fails leaves nothing but its lock", async (t) => {
  const cache = t.testdir();
  const broken = recipe("a", async (directory) => {
    await writeFile(join(directory, "half"), "x");
    throw new Error("no compiler");
  });
  await t.rejects(ensureArtifact(cache, broken, silent), { message: "no compiler" });
  t.strictSame(await readdir(cache), ["thing.lock"]);
  const thing = recipe("a");
  await ensureArtifact(cache, thing, silent);
  t.equal(thing.builds, 1);
});

t.test("a build that makes no file is a failure", async (t) => {
  await t.rejects(
    ensureArtifact(
      t.testdir(),
      recipe("a", async () => undefined),
      silent,
    ),
    { code: "internal" },
  );
});

t.test("what a killed build left is never taken, and is removed by the next", async (t) => {
  const cache = t.testdir();
  const { directory } = await ensureArtifact(cache, recipe("a"), silent);
  await rm(directory, { recursive: true });
  await mkdir(`${directory}.partial/linux`, { recursive: true });
  await writeFile(`${directory}.partial/file`, "half");
  await mkdir(join(cache, "thing-0123456789abcdef.partial"));
  const thing = recipe("a");
  t.equal((await ensureArtifact(cache, thing, silent)).directory, directory);
  t.equal(thing.builds, 1);
  t.strictSame((await readdir(cache)).sort(), [`thing-${directory.slice(-16)}`, "thing.lock"]);
});

t.test("a builder that is killed with SIGKILL frees the lock and leaves nothing complete", async (t) => {
  const cache = join(t.testdir(), "cache");
  const source = `
    import { writeFile } from "node:fs/promises";
    import { ensureArtifact } from "./src/common/artifacts/artifact-cache.js";
    async function build(directory) {
      await writeFile(directory + "/file", "half");
      console.log("building");
      await new Promise((resolve) => setTimeout(resolve, 1e9));
    }
    ensureArtifact(process.argv[2], { kind: "thing", inputs: "a", build }, () => undefined);`;
  const program = join(cache, "../builder.mjs");
  await bundle({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
  });
  const builder = spawn(process.execPath, [program, cache], { stdio: ["ignore", "pipe", "inherit"] });
  await once(builder.stdout, "data");
  const thing = recipe("a");
  const waiting = ensureArtifact(cache, thing, () => builder.kill("SIGKILL"));
  const { directory } = await waiting;
  t.equal(thing.builds, 1);
  t.equal(await readFile(join(directory, "file"), "utf8"), "made from a");
});

t.test("an artifact whose file is cut short, or whose manifest is gone or broken, is built anew", async (t) => {
  const cache = t.testdir();
  const { directory } = await ensureArtifact(cache, recipe("a"), silent);
  const damages = [
    () => truncate(join(directory, "file"), 3),
    () => rm(join(directory, "file")),
    () => rm(join(directory, "manifest.json")),
    () => writeFile(join(directory, "manifest.json"), "{"),
  ];
  for (const damage of damages) {
    await damage();
    const thing = recipe("a");
    await ensureArtifact(cache, thing, silent);
    t.equal(thing.builds, 1);
  }
});

t.test("artifacts that nobody used for a day go, the six newest and other kinds stay", async (t) => {
  const cache = t.testdir();
  const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
  const directories: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    const { directory } = await ensureArtifact(cache, recipe(`old ${index}`), silent);
    directories.push(directory);
  }
  for (const directory of directories) await utimes(directory, old, old);
  await mkdir(join(cache, "other-0123456789abcdef"));
  await ensureArtifact(cache, recipe("new"), silent);
  const left = await readdir(cache);
  t.equal(left.filter((name) => /^thing-[0-9a-f]{16}$/.test(name)).length, 6);
  t.ok(left.includes("other-0123456789abcdef"));
});

t.test("an artifact in a cache that can't be written is found", async (t) => {
  const cache = t.testdir();
  const thing = recipe("a");
  const { directory } = await ensureArtifact(cache, thing, silent);
  await chmod(directory, 0o555);
  t.equal((await ensureArtifact(cache, thing, silent)).directory, directory);
  t.equal(thing.builds, 1);
  await chmod(directory, 0o755);
});

t.test("the cache folder follows XDG_CACHE_HOME where that is absolute", async (t) => {
  t.equal(cacheDirectory({ XDG_CACHE_HOME: "/somewhere" }), "/somewhere/tskata");
  t.equal(cacheDirectory({ XDG_CACHE_HOME: "relative" }), join(homedir(), ".cache/tskata"));
  t.equal(cacheDirectory({}), join(homedir(), ".cache/tskata"));
});
