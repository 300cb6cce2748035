import t from "tap";
import { TskataError } from "../../../../src/common/error.js";
import type { Process } from "../../../../src/oci/process.js";
import { type CliResult, runCli } from "../fixtures/run-cli.js";

const base: Process = { terminal: true, args: ["sh"], env: ["A=1"], cwd: "/work", user: { uid: 1, gid: 2 } };

/** The process that the runtime is asked for, with the other options. */
function executed({ calls }: CliResult): Record<string, unknown> & { process: Process } {
  const [, options] = calls.find(([operation]) => operation === "execProcess") ?? [];
  const { processJson, ...rest } = options as { processJson: string };
  return { ...rest, process: JSON.parse(processJson) as Process };
}

t.test("exec starts from the container's process and leaves with the new one's status", async (t) => {
  const result = await runCli(["exec", "one", "ls", "-l", "--tty"], {
    runtime: { containerProcess: base, execProcess: 7 },
  });
  t.equal(result.status, 7);
  t.strictSame(result.calls[0], ["containerProcess", "one"]);
  t.strictSame(executed(result), {
    id: "one",
    terminal: false,
    detach: false,
    preserveFds: 0,
    process: { ...base, terminal: false, args: ["ls", "-l", "--tty"] },
  });
});

t.test("exec builds the process from its options", async (t) => {
  const flags = [
    "-t",
    "-u",
    "5:6",
    "-g",
    "7",
    "-g",
    "8",
    "--cwd=/tmp",
    "-e",
    "B=2,3",
    "--env",
    "C=",
    "--cap",
    "CAP_KILL",
  ];
  const more = ["--apparmor", "p", "--process-label", "l", "--no-new-privs", "-d", "--pid-file", "/p"];
  const socket = ["--console-socket", "/c"];
  const result = await runCli(["exec", ...flags, ...more, ...socket, "one", "top"], {
    runtime: { containerProcess: base },
  });
  t.equal(result.status, 0, result.error);
  t.match(executed(result), {
    terminal: true,
    detach: true,
    consoleSocket: "/c",
    pidFile: "/p",
    process: {
      terminal: true,
      args: ["top"],
      cwd: "/tmp",
      env: ["A=1", "B=2,3", "C="],
      user: { uid: 5, gid: 6, additionalGids: [7, 8] },
      capabilities: { bounding: ["CAP_KILL"] },
      apparmorProfile: "p",
      selinuxLabel: "l",
      noNewPrivileges: true,
    },
  });
});

t.test("exec takes a process.json as it stands", async (t) => {
  const files = {
    "/p.json":
      '{"args":["a"],"cwd":"/","terminal":true,"rlimits":[{"type":"RLIMIT_AS","hard":18446744073709551615,"soft":1}]}',
  };
  const result = await runCli(["exec", "--process", "/p.json", "-d", "--console-socket", "/c", "one"], { files });
  t.equal(result.status, 0, result.error);
  t.match(executed(result), { terminal: true, process: { args: ["a"] } });
  const [, options] = result.calls[0] ?? [];
  t.match(options, { processJson: /"hard":18446744073709551615/ }, "with all digits");
});

t.test("exec tells what is wrong with a process.json, or warns", async (t) => {
  const bad = await runCli(["exec", "-p", "/p.json", "one"], { files: { "/p.json": '{"args":["a"]}' } });
  t.equal(bad.status, 255);
  t.match(bad.error, /^tskata: error: \/p\.json: .*cwd/);
  t.strictSame(
    bad.calls.filter(([operation]) => operation === "execProcess"),
    [],
  );
  const missing = await runCli(["exec", "-p", "/none", "one"]);
  t.match(missing, { status: 255, error: "tskata: error: read /none: no such file or directory\n" });
  const odd = await runCli(["exec", "-p", "/p.json", "one"], {
    files: { "/p.json": '{"args":["a"],"cwd":"/","capabilities":{"bounding":["CAP_NEW"]}}' },
  });
  t.equal(odd.status, 0);
  t.match(odd.error, /level=warning msg="exec one: capabilities/);
});

t.test("exec needs a program", async (t) => {
  const { status, error } = await runCli(["exec", "one"], { runtime: { containerProcess: base } });
  t.equal(status, 255);
  t.match(error, /^tskata: error: exec one: args: found .*, expected a program to run/);
});

t.test("exec leaves with 255 where the process could not be started, with 1 where it makes no sense", async (t) => {
  const runtime = { containerProcess: base, execProcess: new TskataError("not-found", "exec one: no such file") };
  t.match(await runCli(["exec", "one", "ls"], { runtime }), {
    status: 255,
    error: "tskata: error: exec one: no such file\n",
  });
  t.match(await runCli(["exec", "--user", "root", "one", "ls"]), { status: 1, calls: [] });
  t.match(await runCli(["exec"]), { status: 1, calls: [] });
});
