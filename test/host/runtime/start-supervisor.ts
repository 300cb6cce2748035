import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { StartingSupervisor } from "../../../src/host/runtime/start-supervisor.js";
import type { BootOrder, PrepareOrder } from "../../../src/host/sandbox/boot-channel.js";
import { runDirectoryAt } from "../../../src/host/state/run-directory.js";

/** Starts a supervisor where `unshare` is this script. */
async function start(t: Test, script: string): Promise<StartingSupervisor> {
  const top = t.testdir({ bin: {}, run: {} });
  const unshare = join(top, "bin/unshare");
  writeFileSync(unshare, `#!/bin/sh\n${script}\n`);
  chmodSync(unshare, 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${join(top, "bin")}:${path}`;
  t.teardown(() => {
    process.env["PATH"] = path;
  });
  const preparation = {} as PrepareOrder;
  const order = { specJson: "x".repeat(1_000_000), netDevices: [{}] } as unknown as BootOrder;
  const installation = { supervisor: "/no/supervisor" };
  const directory = runDirectoryAt(join(top, "run"));
  const log = { debug: () => undefined, warning: () => undefined };
  const supervisor = await StartingSupervisor.start(installation, directory, { preparation, enter: [] }, log);
  await supervisor.take(order);
  return supervisor;
}

t.test("a supervisor that ends at once, or without a word, is an error with what it said", async (t) => {
  for (const script of ["echo unshare: no rights >&2; exit 1", "read line <&3; echo unshare: no rights >&2"]) {
    await t.rejects(start(t, script), {
      code: "unavailable",
      message: "the supervisor ended before its container was made: unshare: no rights",
    });
  }
});

t.test("what it reports as failed is the error", async (t) => {
  const failed = JSON.stringify({ kind: "failed", error: { code: "not-found", message: "no rootfs" } });
  await t.rejects(start(t, `cat <&3 >/dev/null & echo '${failed}' >&3; wait`), {
    code: "not-found",
    message: "no rootfs",
  });
});

t.test("it is told the monitor, says that devices are with it, and is told that hooks have run", async (t) => {
  const supervisor = await start(
    t,
    `head -n 2 <&3 >/dev/null; echo '{"kind":"listening"}' >&3
    head -n 1 <&3 >"$0.monitor"; echo '{"kind":"note","level":"debug","message":"a note"}\n{"kind":"devices-moved"}' >&3
    head -n 1 <&3 >"$0.hooks"; echo '{"kind":"created"}' >&3`,
  );
  await supervisor.adopt(7);
  await supervisor.finish();
  const told = (word: string): string => readFileSync(join(t.testdirName, `bin/unshare.${word}`), "utf8");
  t.equal(told("monitor"), '{"monitorPid":7}\n');
  t.equal(told("hooks"), '{"hooksRan":true}\n');
});
