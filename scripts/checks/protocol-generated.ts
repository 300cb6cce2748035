import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, CheckResult } from "./check.js";
import { runTool } from "./run-tool.js";

/** By the template of `buf generate`: where its output is. */
const GENERATED = {
  "buf.gen.yaml": "src/protocol/gen",
  "src/host/shim/api/buf.gen.yaml": "src/host/shim/api/gen",
};

/** The code for the contract between host and agent, and for that with containerd, is what `buf generate` makes of it now. */
export const protocolGenerated: Check = {
  name: "generated protocol",
  async run(root) {
    const results = await Promise.all(
      Object.entries(GENERATED).map(([template, generated]) => compare(root, template, generated)),
    );
    const stale = results.filter(({ ok }) => !ok);
    const text =
      stale.length > 0 ? stale.map((each) => each.text).join("\n") : results.map((each) => each.text).join(", ");
    return { ok: stale.length === 0, text };
  },
};

async function compare(root: string, template: string, generated: string): Promise<CheckResult> {
  const directory = await mkdtemp(join(tmpdir(), "tskata-generated-"));
  try {
    const { status, output } = await runTool(root, "buf", ["generate", "--template", template, "--output", directory]);
    if (status !== 0) return { ok: false, text: output.trimEnd() };
    const fresh = await contents(join(directory, generated));
    const present = await contents(join(root, generated));
    const names = [...new Set([...fresh.keys(), ...present.keys()])];
    const stale = names.filter((name) => fresh.get(name) !== present.get(name));
    const text = stale.map((name) => `${generated}/${name} is stale; run: npm run generate`).join("\n");
    return { ok: fresh.size > 0 && stale.length === 0, text: text || `${generated}: ${fresh.size} files` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function contents(directory: string): Promise<Map<string, string>> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".ts"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}
