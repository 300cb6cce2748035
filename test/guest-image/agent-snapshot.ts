import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { bundleAgent } from "../../guest-image/agent-bundle.js";
import { AGENT_ARGUMENTS, buildSnapshot } from "../../guest-image/agent-snapshot.js";
import { AGENT_BUNDLE, AGENT_FOLDER, layOutTree, NODE_PROGRAM } from "../../guest-image/image-tree.js";
import { ensureNodeBinary } from "../../guest-image/node-binary.js";
import { sharedLibraries } from "../../guest-image/shared-libraries.js";
import { compileStaticProgram, STATIC_PROGRAMS } from "../../guest-image/static-programs.js";
import { cacheDirectory } from "../../src/common/artifacts/artifact-cache.js";

const AGENT = `
  const { startupSnapshot } = require("node:v8");
  const { Socket } = require("node:net");
  const { spawn } = require("node:child_process");
  const loaded = new Map([["socket", Socket], ["spawn", spawn]]);
  startupSnapshot.setDeserializeMainFunction(() => {
    console.log(JSON.stringify({ loaded: [...loaded.keys()], marks: process.env.TSKATA_BOOT_MARKS ?? null }));
  });`;

/** Lays a tree out in which there is little but Node and this agent, and makes the snapshot. */
async function layOut(top: string, agent: string | Uint8Array = AGENT): Promise<string> {
  const tree = join(top, "tree");
  await mkdir(tree);
  await mkdir(join(top, "scratch"));
  const { directory } = await ensureNodeBinary(cacheDirectory(), () => undefined);
  const node = join(directory, "node");
  const compiled = STATIC_PROGRAMS.filter(({ name }) => name === "launcher").map((program) => {
    return { program, source: join(top, "scratch", program.name), target: program.target };
  });
  for (const { program, source } of compiled) await compileStaticProgram(process.cwd(), program, source);
  const programs = [{ source: node, target: NODE_PROGRAM }, ...(await sharedLibraries([node])), ...compiled];
  await layOutTree(tree, programs, [{ target: AGENT_BUNDLE, contents: agent }]);
  await buildSnapshot(process.cwd(), tree, join(top, "scratch"));
  return tree;
}

async function blobs(trees: readonly string[]): Promise<Buffer[]> {
  return Promise.all(trees.map((tree) => readFile(join(tree, AGENT_FOLDER, "agent.blob"))));
}

t.test(
  "the guest's agent rehearses while its snapshot is made, and leaves no trace of that in the image",
  async (t) => {
    const top = t.testdir({ first: {}, second: {} });
    const agent = await bundleAgent(process.cwd());
    const trees = [await layOut(join(top, "first"), agent), await layOut(join(top, "second"), agent)];
    const [first, second] = await blobs(trees);
    t.ok(first !== undefined && second !== undefined && first.equals(second));
    for (const tree of trees) t.same(await readdir(join(tree, "tmp")), []);
  },
);

t.test("a snapshot of the same agent has the same bytes, and starts the agent's main function", async (t) => {
  const top = t.testdir({ first: {}, second: {} });
  const trees = [await layOut(join(top, "first")), await layOut(join(top, "second"))];
  const [first, second] = await blobs(trees);
  t.ok(first !== undefined && second !== undefined && first.equals(second));

  const tree = trees[0] ?? "";
  await t.rejects(stat(join(tree, "etc/ld.so.preload")), { code: "ENOENT" });
  const { stdout } = await promisify(execFile)("chroot", [tree, NODE_PROGRAM, ...AGENT_ARGUMENTS, AGENT_BUNDLE], {
    env: { PATH: "/usr/sbin:/usr/bin", TSKATA_BOOT_MARKS: "init=1" },
  });
  t.strictSame(JSON.parse(stdout), { loaded: ["socket", "spawn"], marks: "init=1" });
});
