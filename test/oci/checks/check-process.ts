import t from "tap";
import { checkProcess } from "../../../src/oci/checks/check-process.js";
import type { Process } from "../../../src/oci/process.js";
import { reported } from "../fixtures/issues.js";

function check(process: Partial<Process>): string[] {
  return reported((error, warning) => checkProcess({ cwd: "/", ...process }, "process", error, warning));
}

t.test("checkProcess() takes what is in order", async (t) => {
  t.same(
    check({
      env: ["A=", "B=c=d"],
      commandLine: "",
      capabilities: { bounding: ["CAP_KILL"], ambient: [] },
      rlimits: [
        { type: "RLIMIT_CORE", soft: 0, hard: 2n ** 64n - 1n },
        { type: "RLIMIT_CPU", soft: 5n, hard: 5 },
      ],
      consoleSize: { height: 99999, width: 1 },
    }),
    [],
  );
});

t.test("checkProcess() says what the schema can't", async (t) => {
  const cases: [Partial<Process>, string[]][] = [
    [{ cwd: "" }, ['process.cwd: found "", expected an absolute path']],
    [{ commandLine: "x.exe" }, ['process.commandLine: found "x.exe", expected "args": command lines are for Windows']],
    [
      { env: ["A=b", "A", "=b"] },
      ['process.env[1]: found "A", expected "NAME=value"', 'process.env[2]: found "=b", expected "NAME=value"'],
    ],
    [
      { capabilities: { bounding: ["CAP_KILL", "CAP_FUTURE"], effective: ["toString"] } },
      [
        'warning: process.capabilities.bounding[1]: found "CAP_FUTURE", expected a capability that Linux knows; it is ignored',
        'warning: process.capabilities.effective[0]: found "toString", expected a capability that Linux knows; it is ignored',
      ],
    ],
    [
      {
        rlimits: [
          { type: "RLIMIT_CPU", soft: 2n ** 64n - 1n, hard: 2n ** 64n - 2n },
          { type: "RLIMIT_CPU", soft: 1, hard: 1 },
        ],
      },
      [
        "process.rlimits[0].soft: found 18446744073709551615, expected at most the hard limit, 18446744073709551614",
        'process.rlimits[1].type: found a second "RLIMIT_CPU", expected each type once',
      ],
    ],
    [
      { terminal: true, consoleSize: { height: 65536, width: 80 } },
      ["process.consoleSize.height: found 65536, expected at most 65535"],
    ],
  ];
  for (const [process, expected] of cases) t.same(check(process), expected);
});

t.test("checkProcess() refuses ids that would leave a process as root", async (t) => {
  t.same(check({ user: { uid: 2 ** 32 - 1, gid: 2 ** 32 - 2, additionalGids: [5, 2 ** 32 - 1] } }), [
    "process.user.uid: found 4294967295, expected at most 4294967294: the last one is no id",
    "process.user.additionalGids[1]: found 4294967295, expected at most 4294967294: the last one is no id",
  ]);
});

t.test("checkProcess() holds schedulers to the rules of sched_setattr(2)", async (t) => {
  const cases: [Process["scheduler"] & object, string[]][] = [
    [{ policy: "SCHED_OTHER", nice: 19 }, []],
    [{ policy: "SCHED_BATCH", nice: -21 }, ["process.scheduler.nice: found -21, expected -20 to 19 with SCHED_BATCH"]],
    [{ policy: "SCHED_IDLE", nice: 40 }, []],
    [{ policy: "SCHED_FIFO", priority: 99 }, []],
    [{ policy: "SCHED_RR", priority: 100 }, ["process.scheduler.priority: found 100, expected 0 to 99 with SCHED_RR"]],
    [
      { policy: "SCHED_OTHER", priority: 1 },
      ["process.scheduler.priority: found 1, expected a priority with SCHED_FIFO or SCHED_RR only"],
    ],
    [{ policy: "SCHED_DEADLINE", runtime: 1n, deadline: 2, period: 3 }, []],
    [
      { policy: "SCHED_OTHER", runtime: 1n, deadline: 0, period: 3 },
      [
        "process.scheduler.runtime: found 1, expected this member with SCHED_DEADLINE only",
        "process.scheduler.period: found 3, expected this member with SCHED_DEADLINE only",
      ],
    ],
  ];
  for (const [scheduler, expected] of cases) t.same(check({ scheduler }), expected);
});

t.test("checkProcess() gives paths without a prefix for a document of its own", async (t) => {
  const found = reported((error, warning) => checkProcess({ cwd: "x" }, "", error, warning));
  t.same(found, ['cwd: found "x", expected an absolute path']);
});

t.test("checkProcess() warns once of ambient capabilities that can't be raised", async (t) => {
  const capabilities = {
    ambient: ["CAP_KILL", "CAP_CHOWN", "CAP_MKNOD", "CAP_NONE"],
    permitted: ["CAP_KILL", "CAP_CHOWN"],
    inheritable: ["CAP_KILL"],
  };
  const found = reported((error, warning) => checkProcess({ cwd: "/", capabilities }, "", error, warning));
  t.match(found, [
    /CAP_NONE/,
    /^warning: capabilities.ambient: found 2 .*can't raise ambient capability CAP_CHOWN: .*capability CAP_MKNOD: /,
  ]);
  const buildahs = { ...capabilities, ambient: ["CAP_KILL"], inheritable: [] };
  t.same(
    reported((error, warning) => checkProcess({ cwd: "/", capabilities: buildahs }, "", error, warning)),
    [],
    "but not where nothing is inheritable",
  );
});

t.test("checkProcess() wants runtime, deadline and period of SCHED_DEADLINE in that order", async (t) => {
  const found = (runtime: number, deadline: number, period: number): string[] => {
    const scheduler = { policy: "SCHED_DEADLINE" as const, runtime, deadline, period };
    return reported((error, warning) => checkProcess({ cwd: "/", scheduler }, "", error, warning));
  };
  t.same(found(1, 2, 3), []);
  t.same(found(1, 2, 0), []);
  t.match(found(0, 0, 0), [/^scheduler.runtime: found 0/]);
  t.match(found(3, 2, 1), [/^scheduler.deadline: found 2, expected at least the runtime, 3/, /^scheduler.period/]);
});
