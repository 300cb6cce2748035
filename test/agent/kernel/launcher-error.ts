import t from "tap";
import { LauncherError } from "../../../src/agent/kernel/launcher-error.js";

void t.test("the message names the operation, what it was about, and the errno", (t) => {
  const failure = { stage: "child", index: 3, operation: "mount", errno: "EINVAL", detail: "/data" } as const;
  const error = new LauncherError(failure);
  t.equal(error.message, "mount /data: EINVAL");
  t.equal(error.name, "LauncherError");
  t.equal(error.failure, failure);
  t.end();
});

void t.test("without an operation it names the step", (t) => {
  const failure = { stage: "clone", index: 0, operation: undefined, errno: "ENOSPC", detail: "" } as const;
  t.equal(new LauncherError(failure).message, "clone: ENOSPC");
  t.end();
});
