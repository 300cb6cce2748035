import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import fc from "fast-check";
import t from "tap";
import { encodePlan, PLAN_VERSION } from "../../../src/agent/kernel/plan-encoder.js";
import type { Plan } from "../../../src/agent/kernel/plan.js";
import { buildLauncher } from "./fixtures/build-launcher.js";
import { damagedPlan, example } from "./fixtures/damaged-plan.js";
import { readAll } from "./fixtures/run-plan.js";

/** Sends bytes to the sanitized launcher, without rights in namespaces of its own; gives its end and reports. */
async function offer(bytes: Uint8Array): Promise<{ code: number | null; errors: string; reports: string }> {
  const sandbox = [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "unshare",
    "-UminuC",
    buildLauncher("sanitized"),
  ];
  const env = { PATH: process.env["PATH"], ASAN_OPTIONS: "detect_leaks=0" };
  const child = spawn("setpriv", sandbox, { stdio: ["pipe", "pipe", "pipe", "pipe"], env });
  const control = child.stdio[3] as Duplex;
  const ended = once(child, "close") as Promise<[number | null]>;
  control.on("error", () => undefined);
  control.end(bytes);
  child.stdout.resume();
  const [errors, reports, [code]] = await Promise.all([readAll(child.stderr), readAll(control), ended]);
  return { code, errors: errors.toString(), reports: reports.toString() };
}

function withHeader(body: Uint8Array, length = body.length): Buffer {
  const header = Buffer.from("TSKP\0\0\0\0\0\0\0\0", "latin1");
  header.writeUInt32LE(PLAN_VERSION, 4);
  header.writeUInt32LE(length, 8);
  return Buffer.concat([header, body]);
}

void t.test("the launcher refuses what is no plan, and says so", async (t) => {
  for (const { bytes, detail } of [
    { bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n"), detail: "not a plan of this version" },
    { bytes: withHeader(example, 0xffff_ffff), detail: "the plan is too long" },
    { bytes: withHeader(example, example.length + 1), detail: "the plan ends early" },
    { bytes: withHeader(example.subarray(1)), detail: "" },
  ]) {
    const result = await offer(bytes);
    t.equal(result.code, 1);
    t.match(result.reports, new RegExp(`^failed plan \\d+ \\d+ ${detail}`));
    t.equal(result.errors, "");
  }
});

void t.test("a launcher that is told nothing leaves", async (t) => {
  t.match(await offer(Buffer.alloc(0)), { code: 1, reports: "", errors: "" });
});

void t.test("no damaged plan crashes the launcher", async (t) => {
  await fc.assert(
    fc.asyncProperty(damagedPlan, async (plan) => {
      const { code, errors } = await offer(withHeader(plan));
      return (code === 0 || code === 1) && !/Sanitizer|runtime error/.test(errors);
    }),
    { numRuns: 40, seed: 7 },
  );
  t.pass("none did");
});

void t.test("a sound plan runs under the sanitizers", async (t) => {
  const plan: Plan = {
    terminal: false,
    cloneFlags: 0,
    before: [],
    between: [{ op: "umask", mask: 0 }],
    parent: [{ op: "set-rlimit", resource: 4, soft: 0n, hard: 0n }],
    child: [
      { op: "find-executable", file: "true", searchPath: "/bin" },
      { op: "exec", args: ["true"], env: [] },
    ],
  };
  const { reports, errors } = await offer(encodePlan(plan));
  t.match(reports, /^pid \d+\n/);
  t.equal(errors, "");
});
