import { chmodSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { tryAccelerator, type TrialInput } from "../../../hypervisors/qemu/accelerator-trial.js";
import { findBinary } from "../../../hypervisors/qemu/binary.js";
import { vmmUserOf } from "../../../hypervisors/common/vmm-user.js";
import { chooseConfinement } from "../../../hypervisors/qemu/confinement.js";

const binary = await findBinary("qemu-system-x86_64");
const user = vmmUserOf(undefined);

async function input(accelerator: "kvm" | "tcg", change: Partial<TrialInput> = {}): Promise<TrialInput> {
  const confinement = await chooseConfinement({ user, accelerator, servesFiles: false });
  return { binary, accelerator, confinement, timeoutMs: 30_000, ...change };
}

/** The input with a shell script in QEMU's place. */
function fake(t: Test, script: string, timeoutMs = 30_000): TrialInput {
  const binary = join(t.testdir({ qemu: `#!/bin/sh\n${script}\n` }), "qemu");
  chmodSync(binary, 0o755);
  return { binary, accelerator: "tcg", confinement: { kind: "same-user" }, timeoutMs };
}

async function leftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("tskata-trial-"));
}

t.test("tryAccelerator() runs a guest under a real QEMU's TCG and measures its counter", async (t) => {
  const trial = await tryAccelerator(await input("tcg"));
  t.ok(trial.works && trial.tscKhz !== undefined && trial.tscKhz > 500_000 && trial.tscKhz < 10_000_000, "plausible");
});

t.test("tryAccelerator() does not hang over a KVM, whatever this machine has", async (t) => {
  const trial = await tryAccelerator(await input("kvm", { timeoutMs: 3000 }));
  t.ok(trial.works || trial.reason !== "");
});

t.test("tryAccelerator() counts no QEMU that ends otherwise, hangs, or says something else", async (t) => {
  const before = await leftovers();
  const cases = [
    ["echo 'qemu: assertion failed' >&2; kill -ABRT $$", /signal SIGABRT\): qemu: assertion failed$/],
    ["exit 0", /exit status 0/],
    ["printf garbage >&3; exit 33", /exit status 33/],
  ] as const;
  for (const [script, reason] of cases) {
    t.match(await tryAccelerator(fake(t, script)), { works: false, reason });
  }
  t.strictSame(await leftovers(), before);
});

t.test("tryAccelerator() ends a guest that stands still", async (t) => {
  const trial = await tryAccelerator(fake(t, "exec sleep 1000", 50));
  t.match(trial, { works: false, reason: "a trial guest did not end within 50 ms" });
});

t.test("tryAccelerator() fails where the program that confines QEMU is missing", async (t) => {
  const { PATH } = process.env;
  process.env["PATH"] = "/nonexistent";
  t.teardown(() => (process.env["PATH"] = PATH));
  await t.rejects(tryAccelerator(fake(t, "exit 0")), { code: "not-found", message: "can't start setpriv: ENOENT" });
});

t.test("tryAccelerator() throws the signal's reason", async (t) => {
  const reason = new Error("enough");
  await t.rejects(tryAccelerator(await input("tcg"), AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const trying = tryAccelerator(await input("tcg"), controller.signal);
  setImmediate(() => controller.abort(reason));
  await t.rejects(trying, reason);
});
