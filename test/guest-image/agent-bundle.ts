import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { bundleAgent } from "../../guest-image/agent-bundle.js";

async function run(top: string, source: string): Promise<string> {
  await writeFile(join(top, "main.ts"), source);
  await writeFile(join(top, "agent.cjs"), await bundleAgent(top, "main.ts"));
  return (await promisify(execFile)(process.execPath, [join(top, "agent.cjs")])).stdout;
}

t.test("the bundle is one file that runs as it is", async (t) => {
  const top = t.testdir({ "part.ts": "export const text: string = 'bundled';" });
  t.equal(await run(top, 'import { text } from "./part.js"; console.log(text);'), "bundled\n");
});

t.test("the same sources give the same bundle", async (t) => {
  const top = t.testdir({
    "main.ts": 'import { text } from "./part.js"; console.log(text);',
    "part.ts": "export const text = 1;",
  });
  t.strictSame(await bundleAgent(top, "main.ts"), await bundleAgent(top, "main.ts"));
});

t.test("what esbuild finds wrong is in the error", async (t) => {
  const top = t.testdir({ "main.ts": 'import { x } from "./nowhere.js"; x();' });
  await t.rejects(bundleAgent(top, "main.ts"), { code: "invalid-argument", message: /nowhere\.js/ });
});
