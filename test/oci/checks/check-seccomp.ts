import t from "tap";
import { checkSeccomp } from "../../../src/oci/checks/check-seccomp.js";
import type { LinuxSeccomp } from "../../../src/oci/linux-seccomp.js";
import { reported } from "../fixtures/issues.js";

function check(seccomp: Partial<LinuxSeccomp>): string[] {
  return reported((error) => checkSeccomp({ defaultAction: "SCMP_ACT_ALLOW", ...seccomp }, "s", error));
}

t.test("checkSeccomp() takes numbers with the actions that have one, and a listener where it is used", async (t) => {
  t.same(check({}), []);
  t.same(
    check({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      listenerPath: "/s",
      listenerMetadata: "m",
      syscalls: [
        { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" },
        { names: ["write"], action: "SCMP_ACT_TRACE", errnoRet: 65535 },
      ],
    }),
    [],
  );
});

t.test("checkSeccomp() says what the schema can't", async (t) => {
  const cases: [Partial<LinuxSeccomp>, string[]][] = [
    [{ defaultErrnoRet: 1 }, ["s.defaultErrnoRet: found 1, expected no number with SCMP_ACT_ALLOW"]],
    [
      { syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL", errnoRet: 1 }] },
      ["s.syscalls[0].errnoRet: found 1, expected no number with SCMP_ACT_KILL"],
    ],
    [
      { syscalls: [{ names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 65536 }] },
      ["s.syscalls[0].errnoRet: found 65536, expected at most 65535"],
    ],
    [
      { defaultAction: "SCMP_ACT_NOTIFY" },
      ['s.defaultAction: found "SCMP_ACT_NOTIFY", expected an action other than SCMP_ACT_NOTIFY for the rest'],
    ],
    [
      { syscalls: [{ names: ["a", "write"], action: "SCMP_ACT_NOTIFY" }] },
      [
        "s.listenerPath: found nothing, expected a socket, since SCMP_ACT_NOTIFY is used",
        's.syscalls[0].names[1]: found "write", expected another call: SCMP_ACT_NOTIFY cannot be used for the write syscall',
      ],
    ],
    [{ listenerMetadata: "x" }, ['s.listenerMetadata: found "x", expected this member with "listenerPath" only']],
  ];
  for (const [seccomp, expected] of cases) t.same(check(seccomp), expected);
});
