import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "./check.js";
import { runTool } from "./run-tool.js";

const GENERATED = "src/protocol/gen";

/** The code for the contract between host and agent is what `buf generate` makes of it now. */
export const protocolGenerated: Check = {
  name: "generated protocol",
  async run(root) {
    const directory = await mkdtemp(join(tmpdir(), "tskata-generated-"));
    try {
      const { status, output } = await runTool(root, "buf", ["generate", "--output", directory]);
      if (status !== 0) return { ok: false, text: output.trimEnd() };
      const fresh = await contents(join(directory, GENERATED));
      const present = await contents(join(root, GENERATED));
      const names = [...new Set([...fresh.keys(), ...present.keys()])];
      const stale = names.filter((name) => fresh.get(name) !== present.get(name));
      const text = stale.map((name) => `${GENERATED}/${name} is stale; run: npm run generate`).join("\n");
      return { ok: fresh.size > 0 && stale.length === 0, text: text || `${fresh.size} files` };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function contents(directory: string): Promise<Map<string, string>> {
  const names = await readdir(directory);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}
