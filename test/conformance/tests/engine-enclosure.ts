import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { randomHex } from "../../../src/common/random-hex.js";
import { hostSnapshot, leaksSince } from "../../support/leaks.js";
import { isolatedRun } from "../isolated-run.js";
import { OwnCgroups } from "../own-cgroups.js";

/** A cgroup with a process in it stays behind, as where an engine was killed. */
const SCRIPT = `
  for path in $(awk '/ - cgroup2? /{ print $5 }' /proc/self/mountinfo); do mkdir -p $path/left/below; done
  path=$(awk '/ - cgroup2? /{ print $5; exit }' /proc/self/mountinfo)
  sleep 1000 & echo $! > $path/left/below/cgroup.procs
  cut -d: -f3 /proc/self/cgroup | sort -u | tr '\\n' ' '
  ls /run/containerd; awk -F: 'NR > 2 { print $1 }' /proc/net/dev | tr -d '\\n'
  ipcmk -M 4096 > /dev/null && grep -c . /proc/sysvipc/shm
`;

t.test("an engine of a suite has a network, IPC and cgroups of its own, and nothing of them is left", async (t) => {
  const name = `tskc${randomHex(4)}`;
  const before = hostSnapshot(name, []);
  const segments = readFileSync("/proc/sysvipc/shm", "utf8");
  const engineCgroups = OwnCgroups.make(name);
  const directory = t.testdir();
  const { output, status } = await isolatedRun(
    {
      command: ["sh", "-c", SCRIPT],
      directory,
      env: {},
      logPath: join(directory, "log"),
      timeoutMs: 60_000,
      terminal: false,
      unifiedCgroups: false,
      engineCgroups,
    },
    AbortSignal.timeout(60_000),
  );
  await engineCgroups.remove();
  t.equal(status, 0, output);
  t.match(output, /^\/ (\/programs )? *lo2\n$/);
  t.equal(readFileSync("/proc/sysvipc/shm", "utf8"), segments);
  t.same(await leaksSince(before, name, []), []);
});
