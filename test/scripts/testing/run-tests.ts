import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { runTests } from "../../../scripts/testing/run-tests.js";

/** Makes a project whose test files are transpiled already. */
async function project(t: Test, files: Record<string, string>): Promise<string> {
  const root = t.testdir({ packages: {}, test: { "expected-skips.json": "[]" } });
  for (const [name, body] of Object.entries(files)) {
    const code = `import t from "tap";\n${body}`;
    for (const path of [`test/${name}.ts`, `build/js/test/${name}.js`]) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), code);
    }
  }
  await writeFile(join(root, "package.json"), '{"type":"module"}');
  return root;
}

const options = { tiers: ["unit", "integration"], filters: [], jobs: 2, strictSkips: true } as const;
const never = new AbortController().signal;

t.test("runTests() runs every file, reports failures and leaves the sums", async (t) => {
  const root = await project(t, {
    good: 't.test("one", async (t) => t.ok(1)); t.test("two", async (t) => t.ok(1));',
    "integration/bad": 't.test("three", async (t) => t.equal(1, 2));',
    dies: 't.test("four", async (t) => t.ok(1)); process.on("exit", () => process.exit(3)); ',
    empty: "void t;",
    skips: 't.test("five", { skip: "no reason" }, async () => {});',
  });
  const lines: string[] = [];
  const totals = await runTests(root, options, (text) => lines.push(text), never);
  t.strictSame(totals, { passed: 3, failed: 4, skipped: 0 });
  t.strictSame(JSON.parse(readFileSync(join(root, "build/test-results/totals.json"), "utf8")), totals);
  const text = lines.join("\n");
  t.match(text, /FAILED test\/integration\/bad\.ts: 0 passed, 1 failed/);
  t.match(text, /FAILED test\/dies\.ts: 1 passed, 1 failed/);
  t.match(text, /ended with status 3/);
  t.match(text, /skipped \(no reason\), but not named/);
  t.match(text, /\n3 passed, 4 failed$/);
});

t.test("runTests() takes a tier and parts of paths", async (t) => {
  const body = 't.test("one", async (t) => t.ok(1));';
  const root = await project(t, { a: body, b: body, "integration/a": body });
  const silent = (): void => undefined;
  t.match(await runTests(root, { ...options, tiers: ["unit"] }, silent, never), { passed: 2 });
  t.match(await runTests(root, { ...options, filters: ["a.ts"] }, silent, never), { passed: 2 });
  t.match(await runTests(root, { ...options, filters: ["none"] }, silent, never), { passed: 0 });
});
