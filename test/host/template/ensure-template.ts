import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ensureTemplate } from "../../../src/host/template/ensure-template.js";
import { TemplateStore } from "../../../src/host/template/template-store.js";

const IDENTITY = { key: "0123456789abcdef", inputs: { kernel: "k" } };
const CONCURRENT_USES = 200;

/** A store and a maker that is this script; `made` counts its runs. */
function subject(t: Test, script: string) {
  const top = t.testdir({ templates: {}, "maker.cjs": script });
  const store = new TemplateStore(join(top, "templates"));
  const order = JSON.stringify({ directory: store.directory, ...IDENTITY });
  const maker = { program: join(top, "maker.cjs"), order, timeoutMs: 30_000 };
  const made = (): number => readFileSync(join(store.directory, "runs"), "utf8").length;
  return { store, maker, made };
}

const COUNTED = `
const fs = require("node:fs");
const { directory, key, inputs } = JSON.parse(fs.readFileSync(0, "utf8"));
fs.appendFileSync(directory + "/runs", ".");`;
const GOOD = `${COUNTED}
fs.mkdirSync(directory + "/" + key);
fs.writeFileSync(directory + "/record", JSON.stringify({ version: 1, key, inputs, created: "", nextStreamId: 1 }));
fs.renameSync(directory + "/record", directory + "/" + key + "/template.json");`;
const BAD = `${COUNTED}
fs.writeFileSync(directory + "/" + key + ".failed", JSON.stringify({ reason: "no room", at: new Date().toISOString() }));
process.exit(1);`;

t.test("two hundred first uses make one template", async (t) => {
  const { store, maker, made } = subject(t, GOOD);
  const uses = Array.from({ length: CONCURRENT_USES }, () => ensureTemplate(store, IDENTITY, maker));
  const directories = new Set((await Promise.all(uses)).map(({ directory }) => directory));
  t.strictSame([...directories], [store.pathOf(IDENTITY.key)]);
  t.equal(made(), 1);
});

t.test("a template that can't be made is tried once by all who wait, and not again for a while", async (t) => {
  const { store, maker, made } = subject(t, BAD);
  const reason = { code: "unavailable", message: /^make the template 0123456789abcdef: it failed at .*: no room$/ };
  const uses = Array.from({ length: 5 }, () => t.rejects(ensureTemplate(store, IDENTITY, maker), reason));
  await Promise.all(uses);
  await t.rejects(ensureTemplate(store, IDENTITY, maker), reason);
  t.equal(made(), 1);
  store.forgetFailure(IDENTITY.key);
  await t.rejects(ensureTemplate(store, IDENTITY, maker), reason);
  t.equal(made(), 2);
});

t.test("a maker that is killed half-way keeps nobody waiting", async (t) => {
  const killed = `${COUNTED}\nif (fs.readFileSync(directory + "/runs").length === 1) process.kill(process.pid, "SIGKILL");`;
  const { store, maker, made } = subject(t, `${killed}\n${GOOD.replace(COUNTED, "")}`);
  const outcomes = await Promise.allSettled([1, 2].map(() => ensureTemplate(store, IDENTITY, maker)));
  t.strictSame(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  t.match(
    outcomes.find((outcome) => outcome.status === "rejected"),
    { reason: { code: "unavailable", message: /its maker ended with SIGKILL/ } },
  );
  t.equal(made(), 2);
});

t.test("who gives up ends the maker, and says so", async (t) => {
  const { store, maker } = subject(t, `${COUNTED}\nsetInterval(() => undefined, 1000);`);
  const giveUp = new AbortController();
  const use = ensureTemplate(store, IDENTITY, maker, giveUp.signal);
  giveUp.abort(new Error("given up"));
  await t.rejects(use, { message: "given up" });
  await t.rejects(ensureTemplate(store, IDENTITY, { ...maker, timeoutMs: 300 }), { code: "deadline" });
});

t.test("a maker that makes another template than was asked for is an error", async (t) => {
  const { store, maker } = subject(t, GOOD);
  writeFileSync(join(store.directory, "unrelated"), "");
  const order = JSON.stringify({ directory: store.directory, ...IDENTITY, inputs: { kernel: "another" } });
  await t.rejects(ensureTemplate(store, IDENTITY, { ...maker, order }), { message: /changed meanwhile$/ });
  t.ok(readdirSync(store.directory).includes(IDENTITY.key));
});
