import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  managersCgroup,
  startScope,
  stopScope,
  systemdManager,
  updateScope,
} from "../../../src/host/cgroup/systemd-scope.js";

const SCOPE = { unit: "tskata-c1.scope", slice: "a-b.slice" };

/** Programs of systemd's that note their arguments and go on with this. */
function standIn(t: Test, script: string): { readonly calls: () => string[] } {
  const bin = t.testdir({});
  const calls = join(bin, "calls");
  for (const name of ["systemd-run", "systemctl"]) {
    const program = join(bin, name);
    writeFileSync(program, `#!/bin/sh\necho ${name} "$@" >> ${calls}\n${script}\n`);
    chmodSync(program, 0o755);
  }
  const path = process.env["PATH"];
  process.env["PATH"] = `${bin}:${path}`;
  t.teardown(() => {
    process.env["PATH"] = path;
  });
  return { calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []) };
}

function noted(): { lines: string[]; debug: (line: string) => void } {
  const lines: string[] = [];
  return { lines, debug: (line) => void lines.push(line) };
}

t.test("startScope() has somebody live in a scope with the limits until that is released", async (t) => {
  const { calls } = standIn(t, `while [ "$1" != -- ]; do shift; done; shift; exec "$@"`);
  const holder = await startScope(SCOPE, { memory: { limit: 4096 } }, "container c1");
  t.match(calls(), [/^systemd-run --system --scope --quiet --collect --unit=tskata-c1\.scope --slice=a-b\.slice /]);
  for (const property of ["Delegate=yes", "TasksAccounting=yes", "MemoryMax=4096"]) {
    t.match(calls(), [new RegExp(` --property=${property} `)]);
  }
  await holder.release();
  await holder.release();
});

t.test("startScope() tells what systemd-run says where it fails", async (t) => {
  standIn(t, "echo no bus >&2; exit 1");
  await t.rejects(startScope(SCOPE, {}, "container c1"), {
    code: "unavailable",
    message: "make the scope tskata-c1.scope of systemd: systemd-run failed: no bus",
  });
});

t.test("startScope() tells of a systemd-run that isn't there", async (t) => {
  standIn(t, "");
  process.env["PATH"] = "/nowhere";
  await t.rejects(startScope(SCOPE, {}, "container c1"), {
    code: "not-found",
    message: /systemd-run can't be started/,
  });
});

t.test("updateScope() and stopScope() ask systemctl, and note what it refuses", async (t) => {
  const log = noted();
  const { calls } = standIn(t, `[ "$2" = stop ] && exit 5; echo refused >&2; exit 1`);
  await updateScope(SCOPE.unit, { pids: { limit: 7 } }, log);
  await updateScope(SCOPE.unit, {}, log);
  t.match(log.lines, [/^systemctl --system set-property .*: status 1: refused$/]);
  await stopScope(SCOPE.unit, log);
  t.equal(log.lines.length, 1, "a scope that has ended is what is wanted");
  t.strictSame(calls(), [
    "systemctl --system set-property --runtime tskata-c1.scope TasksMax=7",
    "systemctl --system stop tskata-c1.scope",
  ]);
});

t.test("an ordinary user's containers are units of the systemd of that user's session, where it runs", async (t) => {
  const runtimeDirectory = t.testdir({ systemd: { private: "" } });
  const manager = systemdManager({ runtimeDirectory });
  t.equal(manager, "--user");
  t.equal(systemdManager({ runtimeDirectory: "/no/session" }), undefined);
  const { calls } = standIn(t, "echo /user.slice/user-1.slice/user@1.service; [ $# = 4 ] || cat");
  const holder = await startScope(SCOPE, {}, "container c1", "--user");
  await holder.release();
  t.equal(await managersCgroup("--user"), "/user.slice/user-1.slice/user@1.service");
  t.equal(await managersCgroup("--system"), "/");
  await stopScope(SCOPE.unit, noted(), manager);
  t.match(calls(), [
    /^systemd-run --user --scope /,
    "systemctl --user show --property=ControlGroup --value",
    "systemctl --user stop tskata-c1.scope",
  ]);
});
