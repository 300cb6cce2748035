import type { LinuxSeccomp } from "../linux-seccomp.js";
import { SECCOMP_ERRNO_ACTIONS, type SeccompAction } from "../tables/seccomp.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";

/** The low half of a filter's return value. */
const MAX_ERRNO = 0xffff;

/** What the schema can't say about `linux.seccomp` (config-linux.md, "Seccomp"). */
export function checkSeccomp(seccomp: LinuxSeccomp, path: string, error: ReportIssue): void {
  const { defaultAction, defaultErrnoRet, listenerPath, listenerMetadata, syscalls = [] } = seccomp;
  checkErrno(defaultAction, defaultErrnoRet, `${path}.defaultErrnoRet`, error);
  if (defaultAction === "SCMP_ACT_NOTIFY") {
    error(`${path}.defaultAction`, describeValue(defaultAction), "an action other than SCMP_ACT_NOTIFY for the rest");
  }
  for (const [index, { names, action, errnoRet }] of syscalls.entries()) {
    checkErrno(action, errnoRet, `${path}.syscalls[${index}].errnoRet`, error);
    if (action !== "SCMP_ACT_NOTIFY") continue;
    if ((listenerPath ?? "") === "")
      error(`${path}.listenerPath`, "nothing", "a socket, since SCMP_ACT_NOTIFY is used");
    const write = names.indexOf("write");
    // The process itself has to write once the filter is on, and nobody would answer.
    if (write >= 0) {
      const expected = "another call: SCMP_ACT_NOTIFY cannot be used for the write syscall";
      error(`${path}.syscalls[${index}].names[${write}]`, '"write"', expected);
    }
  }
  if ((listenerMetadata ?? "") !== "" && (listenerPath ?? "") === "") {
    error(`${path}.listenerMetadata`, describeValue(listenerMetadata), 'this member with "listenerPath" only');
  }
}

function checkErrno(action: SeccompAction, errno: number | undefined, path: string, error: ReportIssue): void {
  if (errno === undefined) return;
  if (!SECCOMP_ERRNO_ACTIONS.some((name) => name === action)) {
    error(path, String(errno), `no number with ${action}`);
  } else if (errno > MAX_ERRNO) {
    error(path, String(errno), `at most ${MAX_ERRNO}`);
  }
}
