import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { TskataError } from "../../../src/common/error.js";
import { COMMANDS } from "../../../src/host/cli/commands.js";
import { type Call, runCli } from "./fixtures/run-cli.js";

/** A command line that an engine really used, one of each shape. */
interface CapturedLine {
  /** Engine, case and step. */
  readonly capture: string;
  /** Without the runtime's own name. */
  readonly argv: readonly string[];
}

const captured = JSON.parse(
  readFileSync(new URL("./fixtures/captured-command-lines.json", import.meta.url), "utf8"),
) as CapturedLine[];

/** The value of an option, found without knowing the grammar. */
function valueOf(argv: readonly string[], option: string): string | undefined {
  const index = argv.indexOf(option);
  if (index !== -1) return argv[index + 1];
  return argv.find((each) => each.startsWith(`${option}=`))?.slice(option.length + 1);
}

/** The options that are there, with their names in the runtime. */
function given(argv: readonly string[], names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) => {
      const value = valueOf(argv, option);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const processJson = (terminal: boolean): string => JSON.stringify({ terminal, args: ["true"], cwd: "/" });

/** What the line must lead to. */
function expectedCalls(argv: readonly string[]): Call[] {
  const command = argv.find((each) => Object.hasOwn(COMMANDS, each)) ?? "";
  const id = argv.at(-1) ?? "";
  const files = given(argv, { "--console-socket": "consoleSocket", "--pid-file": "pidFile" });
  switch (command) {
    case "create":
      return [["createContainer", { id, bundle: valueOf(argv, "--bundle"), preserveFds: 0, ...files }]];
    case "start":
      return [["startContainer", id]];
    case "state":
      return [["containerState", id]];
    case "delete":
      return [["deleteContainer", id, argv.includes("--force")]];
    case "kill":
      return [["killContainer", argv.at(-2), Number(id), argv.includes("--all")]];
    case "pause":
      return [["pauseContainer", id]];
    case "resume":
      return [["resumeContainer", id]];
    case "ps":
      return [["monitorPids", id]];
    case "update":
      return [["updateContainer", id, '{"pids":{"limit":7}}']];
    case "checkpoint": {
      if (argv.includes("--help")) return [];
      const paths = given(argv, { "--image-path": "imagePath", "--work-path": "workPath" });
      const criu = { tcpEstablished: false, extUnixSk: false, shellJob: false, fileLocks: false };
      const leaveRunning = argv.includes("--leave-running");
      const options = { criu, leaveRunning, tcpSkipInFlight: false, linkRemap: false };
      return [["checkpointContainer", id, paths, options]];
    }
    case "exec": {
      const terminal = files["consoleSocket"] !== undefined;
      const process = { processJson: processJson(terminal), terminal };
      return [["execProcess", { id, ...process, detach: argv.includes("--detach"), preserveFds: 0, ...files }]];
    }
    default:
      return [];
  }
}

t.test("every command line of the engines leads to its operation with its options", async (t) => {
  t.ok(captured.length > 50);
  for (const { capture, argv } of captured) {
    const files = {
      [valueOf(argv, "--resources") ?? ""]: '{"pids":{"limit":7}}',
      [valueOf(argv, "--process") ?? ""]: processJson(argv.includes("--console-socket")),
    };
    const { log: _log, ...paths } = given(argv, { "--root": "root" });
    const settings = {
      ...paths,
      ...(argv.includes("--debug") && { debug: true }),
      ...(argv.includes("--systemd-cgroup") && { systemdCgroup: true }),
    };
    const result = await runCli(withoutLog(argv), { files });
    t.equal(result.status, 0, `${capture}: ${result.error}`);
    t.strictSame(result.calls, expectedCalls(argv), capture);
    if (result.calls.length > 0) t.strictSame(result.settings, [settings], capture);
  }
});

/** The log files are none of this machine's. */
function withoutLog(argv: readonly string[]): string[] {
  return argv.map((each, index) => (argv[index - 1] === "--log" ? "/dev/null" : each));
}

t.test("the global options reach the runtime before and however they are written", async (t) => {
  for (const args of [
    ["--root", "/r", "--config", "/c"],
    ["--root=/r", "--config=/c"],
    ["-root", "/r", "-config=/c"],
    ["--debug=true", "--rootless", "auto", "--systemd-cgroup=false", "--root=/r", "--config=/c"],
  ]) {
    const { settings, calls } = await runCli([...args, "start", "one"]);
    const debug = args.includes("--debug=true") ? { debug: true } : {};
    t.strictSame(settings, [{ root: "/r", configFile: "/c", ...debug }], args.join(" "));
    t.strictSame(calls, [["startContainer", "one"]]);
  }
});

t.test("no command, --help and help print help and succeed", async (t) => {
  for (const args of [[], ["--help"], ["-h"], ["-help"], ["help"], ["--root", "/r"]]) {
    const { status, out, error } = await runCli(args);
    t.equal(status, 0, args.join(" "));
    t.match(out, /^Usage: tskata /);
    for (const name of Object.keys(COMMANDS)) t.match(out, `\n  ${name} `);
    t.equal(error, "");
  }
});

t.test("every command has its help", async (t) => {
  // lab is a program of its own, and prints its own
  for (const name of Object.keys(COMMANDS).filter((command) => command !== "lab")) {
    for (const args of [
      [name, "--help"],
      ["help", name],
      ["--log", "/dev/null", name, "-h"],
    ]) {
      const { status, out, calls } = await runCli(args);
      t.equal(status, 0, args.join(" "));
      t.match(out, new RegExp(`^Usage: tskata ${name} `));
      t.strictSame(calls, []);
    }
  }
});

t.test("--version prints lines that engines can read", async (t) => {
  for (const flag of ["--version", "-v", "-version"]) {
    const { status, out } = await runCli([flag]);
    t.equal(status, 0);
    const lines = out.trimEnd().split("\n");
    t.match(lines[0], /^tskata version \d+\.\d+\.\d+$/);
    t.ok(lines.includes("spec: 1.3.0"));
    t.equal(lines.filter((line) => line.includes("version")).length, 1, "Docker takes the last line with that word");
  }
});

t.test("faults in the command line give one line and status 1", async (t) => {
  const faults: [string[], string][] = [
    [["creat"], "unknown command 'creat' (Did you mean create?)"],
    [["--rooot", "/r", "list"], "unknown option '--rooot' (Did you mean --root?)"],
    [["list", "--formt", "json"], "unknown option '--formt' (Did you mean --format?)"],
    [["--log-format", "xml", "list"], "option '--log-format <format>' argument 'xml' is invalid"],
    [["--hypervisor", "zen", "list"], "option '--hypervisor <driver>' argument 'zen' is invalid. Allowed choices are"],
    [["start"], "missing required argument 'container-id'"],
    [["start", "a", "b"], "too many arguments for 'start'. Expected 1 argument but got 2."],
    [["create", "--bundle"], "option '-b, --bundle <directory>' argument missing"],
    [["kill", "a", "SIGNONE"], 'unknown signal "SIGNONE"'],
  ];
  for (const [args, message] of faults) {
    const { status, out, error, calls } = await runCli(args);
    t.equal(status, 1, args.join(" "));
    t.ok(error.startsWith("tskata: error: "), error);
    t.equal(error.split("\n").length, 2, "one line");
    t.ok(error.includes(message), error);
    t.equal(out, "");
    t.strictSame(calls, []);
  }
});

t.test("an operation's error goes to people and, in its format, to the log", async (t) => {
  const failure = new TskataError("not-found", "start one: no such file or directory\nat all");
  const answers = { runtime: { startContainer: failure } };
  const log = join(t.testdir({}), "log");
  const json = await runCli(["--log", log, "--log-format", "json", "start", "one"], answers);
  t.match(json, { status: 1, out: "", error: "tskata: error: start one: no such file or directory at all\n" });
  const logged = JSON.parse(readFileSync(log, "utf8")) as Record<string, string>;
  t.match(logged, { level: "error", msg: "start one: no such file or directory at all" });
  t.ok(Number.isFinite(Date.parse(logged["time"] ?? "")));

  await runCli(["--log", log, "start", "one"], answers);
  const [, text] = readFileSync(log, "utf8").split("\n");
  t.match(text, /^time="[^"]+" level=error msg="start one: no such file or directory at all"$/);

  const plain = await runCli(["start", "one"], answers);
  t.equal(plain.error, "tskata: error: start one: no such file or directory at all\n");
});

t.test("faults of the command line are logged too, once the log is known", async (t) => {
  const log = join(t.testdir({}), "log");
  await runCli(["--log", log, "--log-format=json", "create", "--bogus", "one"]);
  t.match(JSON.parse(readFileSync(log, "utf8")), { level: "error", msg: "unknown option '--bogus'" });
});

t.test("a log that can't be written is told of before anything is done", async (t) => {
  const log = join(t.testdir({}), "missing", "log");
  const { status, error } = await runCli(["--log", log, "start"]);
  t.equal(status, 1);
  t.match(error, /^tskata: error: log file .*: can't be written: ENOENT\n$/);
});

t.test("warnings go to the log, or to standard error where there is none", async (t) => {
  const log = join(t.testdir({}), "log");
  const logged = await runCli(["--log", log, "--log-format", "json", "start", "one"], { warning: "mind this" });
  t.equal(logged.error, "");
  t.match(JSON.parse(readFileSync(log, "utf8")), { level: "warning", msg: "mind this" });
  const shown = await runCli(["start", "one"], { warning: "mind this" });
  t.match(shown.error, /level=warning msg="mind this"\n$/);
  t.equal(shown.status, 0);
});

t.test("what a guest says can't command the terminal", async (t) => {
  const runtime = { startContainer: new TskataError("internal", "\u001b]0;title\u0007 \u009b2J") };
  const { error } = await runCli(["start", "one"], { runtime });
  t.equal(error, "tskata: error: ?]0;title? ?2J\n");
});

t.test("an unforeseen fault is told as well", async (t) => {
  const { status, error } = await runCli(["start", "one"], { runtime: { startContainer: new Error("by surprise") } });
  t.match({ status, error }, { status: 1, error: "tskata: error: by surprise\n" });
});
