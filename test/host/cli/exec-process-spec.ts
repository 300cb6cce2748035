import t from "tap";
import { execProcessSpec, parseUser } from "../../../src/host/cli/exec-process-spec.js";
import type { Process } from "../../../src/oci/process.js";

const docker = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** As Docker has it for a container with a terminal. */
const base: Process = {
  terminal: true,
  consoleSize: { height: 40, width: 100 },
  user: { uid: 5, gid: 6, umask: 0o22, additionalGids: [6, 7] },
  args: ["sh"],
  env: ["PATH=/bin", "A=1"],
  cwd: "/work",
  capabilities: { bounding: docker, effective: docker, permitted: docker },
  rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
  noNewPrivileges: false,
  apparmorProfile: "docker-default",
  oomScoreAdj: 100,
};

t.test("execProcessSpec() takes the container's process, without its terminal", (t) => {
  const { consoleSize: _size, ...rest } = base;
  t.strictSame(execProcessSpec(base, ["ls", "-l"], {}), { ...rest, args: ["ls", "-l"], terminal: false });
  t.end();
});

t.test("execProcessSpec() puts the options in its place", (t) => {
  const process = execProcessSpec(base, ["id"], {
    tty: true,
    cwd: "/tmp",
    env: ["A=2", "B=3"],
    user: { uid: 0, gid: 0 },
    additionalGids: [10],
    apparmor: "other",
    processLabel: "system_u:object_r:x",
    noNewPrivs: true,
  });
  t.match(process, {
    terminal: true,
    cwd: "/tmp",
    env: ["PATH=/bin", "A=1", "A=2", "B=3"],
    user: { uid: 0, gid: 0, umask: 0o22, additionalGids: [6, 7, 10] },
    apparmorProfile: "other",
    selinuxLabel: "system_u:object_r:x",
    noNewPrivileges: true,
    oomScoreAdj: 100,
  });
  t.end();
});

t.test("execProcessSpec() keeps the container's group where only the user is named", (t) => {
  t.match(execProcessSpec(base, ["id"], { user: { uid: 9 } }).user, { uid: 9, gid: 6 });
  t.strictSame(execProcessSpec({ cwd: "/" }, ["id"], {}).user, {});
  t.strictSame(execProcessSpec({ cwd: "/" }, ["id"], {}).env, []);
  t.end();
});

t.test("execProcessSpec() adds capabilities to the sets that give them", (t) => {
  const { capabilities } = execProcessSpec(base, ["id"], { cap: ["CAP_NET_ADMIN", "kill", "sys_time"] });
  const expected = [...docker, "CAP_NET_ADMIN", "CAP_SYS_TIME"];
  t.strictSame(capabilities, { bounding: expected, effective: expected, permitted: expected });
  t.end();
});

t.test("execProcessSpec() adds ambient capabilities only where there are inheritable ones", (t) => {
  const withInheritable = { ...base, capabilities: { ...base.capabilities, inheritable: docker } };
  const { capabilities } = execProcessSpec(withInheritable, ["id"], { cap: ["CAP_NET_RAW"] });
  t.strictSame(capabilities?.inheritable, docker);
  t.strictSame(capabilities?.ambient, ["CAP_NET_RAW"]);
  t.strictSame(execProcessSpec({ cwd: "/" }, ["id"], { cap: ["CAP_NET_RAW"] }).capabilities, {
    bounding: ["CAP_NET_RAW"],
    effective: ["CAP_NET_RAW"],
    permitted: ["CAP_NET_RAW"],
  });
  t.end();
});

t.test("parseUser() takes numbers only", (t) => {
  t.strictSame(parseUser("1000"), { uid: 1000 });
  t.strictSame(parseUser("0:5"), { uid: 0, gid: 5 });
  t.strictSame(parseUser("4294967294"), { uid: 4294967294 });
  for (const text of ["root", "", "1:", ":1", "-1", "1:2:3", "4294967295", "1:4294967295"]) {
    t.throws(() => parseUser(text), { code: "commander.invalidArgument" }, text);
  }
  t.end();
});
