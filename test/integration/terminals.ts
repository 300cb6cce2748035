import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { shortDirectory } from "../support/short-directory.js";
import { TestTerminal } from "../support/terminal.js";
import { TestTskata } from "../support/tskata.js";

// busybox' shell asks the terminal for the cursor's position after its prompt
const PROMPT = /(^|\n)[>$] [^\n]*$/;
const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));

function onTerminal(tskata: TestTskata, args: readonly string[], size = {}): TestTerminal {
  const env = { TSKATA_CONFIG: tskata.configPath };
  return TestTerminal.run([COMMAND, "--root", tskata.stateRoot, ...args], { ...size, env });
}

t.test("run -t gives the container's shell a terminal", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ process: { terminal: true, args: ["sh"], env: ["PATH=/bin", "PS1=> "] } });
  const id = tskata.newId();
  const terminal = onTerminal(tskata, ["run", "--bundle", bundle, id], { columns: 101, rows: 31 });
  await terminal.shows(PROMPT);

  terminal.type("tty; stty size\n");
  await terminal.shows(/\/dev\/(pts\/0|console)\r\n31 101\r\n/);
  terminal.resize(90, 20);
  terminal.type("until stty size | grep -q '^20 90$'; do sleep 0.1; done; echo size-$?\n");
  await terminal.shows(/size-0\r\n/);

  // the program says when it is in the foreground, so that the key is its own
  terminal.type("sh -c 'echo run\"\"ning-1; exec sleep 1000'\n");
  await terminal.shows(/running-1\r\n/);
  terminal.type("\x03");
  await terminal.shows(/\^C\r\n/);
  terminal.type("echo status-$?\n");
  await terminal.shows(/status-130\r\n/);

  terminal.type("sh -c 'echo run\"\"ning-2; exec sleep 1000'\n");
  await terminal.shows(/running-2\r\n/);
  terminal.type("\x1a");
  await terminal.shows(/Stopped +sh -c/);
  // the first exit is refused where the shell hasn't noticed yet that its stopped job is dead
  terminal.type("kill -9 %1; exit 5; exit 5\n");
  t.equal(await terminal.ended(), 5);
  t.strictSame(await tskata.leaks(), []);
});

t.test("exec -t, and terminals that are passed over a console socket", async (t) => {
  const tskata = new TestTskata(t);
  const directory = shortDirectory(t);
  const socket = join(directory, "console.sock");
  const id = tskata.newId();

  const received = await TestTerminal.receive(socket);
  const script = "echo ready; read line; echo got-$line; tty; stty size; exec sleep 1000";
  const bundle = tskata.bundle({
    process: { terminal: true, args: ["sh", "-c", script], consoleSize: { width: 77, height: 22 } },
  });
  const created = tskata.spawn(["create", "--bundle", bundle, "--console-socket", socket, id], { stdio: "ignore" });
  t.strictSame(await once(created, "exit"), [0, null]);
  await tskata.ok(["start", id]);
  await received.shows(/ready\r\n/);
  t.match(received.messages, /\/dev\/(ptmx|pts\/\d+)/, "the message has the terminal's name, as runc's has");
  received.type("something\n");
  await received.shows(/got-something\r\n\/dev\/\S+\r\n22 77\r\n/);

  t.test("exec -t on a terminal", async (t) => {
    const terminal = onTerminal(tskata, ["exec", "--tty", "--env", "PS1=$ ", id, "sh"]);
    await terminal.shows(PROMPT);
    terminal.type("test -t 0 && test -t 1 && test -t 2 && echo all-terminals; stty size\n");
    await terminal.shows(/all-terminals\r\n24 80\r\n/);
    terminal.type("sh -c 'echo run\"\"ning; exec cat'\n");
    await terminal.shows(/running\r\n/);
    terminal.type("hello\n");
    await terminal.shows(/hello\r\nhello\r\n/);
    terminal.type("\x04");
    await terminal.shows(/hello\r\n[$] /);
    terminal.type("exit 9\n");
    t.equal(await terminal.ended(), 9);
  });

  t.test("exec --console-socket --detach", async (t) => {
    const execSocket = join(directory, "exec.sock");
    const other = await TestTerminal.receive(execSocket);
    const args = [
      "exec",
      "--tty",
      "--detach",
      "--console-socket",
      execSocket,
      id,
      "sh",
      "-c",
      "tty; read line; exit 0",
    ];
    t.strictSame(await once(tskata.spawn(args, { stdio: "ignore" }), "exit"), [0, null]);
    await other.shows(/\/dev\/pts\/\d+\r\n/);
    other.type("\n");
    t.equal(await other.ended(), 0);
  });

  t.test("a terminal and no console socket, detached, is refused, and so is the reverse", async (t) => {
    const refused = await tskata.run(["exec", "--tty", "--detach", id, "true"]);
    t.match(refused, { status: 255, stderr: /console.socket/ });
    const reverse = await tskata.run(["exec", "--console-socket", socket, id, "true"]);
    t.match(reverse, { status: 255, stderr: /console.socket/ });
    const create = await tskata.run(["create", "--bundle", bundle, tskata.newId()]);
    t.match(create, { status: 1, stderr: /console.socket/ });
  });

  t.test("a console socket that nobody listens on fails create, which leaves nothing", async (t) => {
    const failed = await tskata.run(["create", "--bundle", bundle, "--console-socket", "/nowhere/socket", `${id}-x`]);
    t.match(failed, { status: 1, stderr: /\/nowhere\/socket/ });
    t.match(await tskata.run(["state", `${id}-x`]), { status: 1 });
  });

  t.test("the container's end closes the received terminal", async (t) => {
    await tskata.ok(["kill", id, "KILL"]);
    t.equal(await received.ended(), 0);
  });
});

t.test("the caller's terminal is as it was after run -t, however that ends", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ process: { terminal: true, args: ["/missing"] } });
  const run = [COMMAND, "--root", tskata.stateRoot, "run", "--bundle", bundle, tskata.newId()].join(" ");
  const script = `stty -a > ${tskata.directory}/before; ${run}; echo status-$?; stty -a > ${tskata.directory}/after; cmp ${tskata.directory}/before ${tskata.directory}/after && echo same`;
  const terminal = TestTerminal.run(["sh", "-c", script], { env: { TSKATA_CONFIG: tskata.configPath } });
  await terminal.shows(/status-1\r\nsame\r\n/);
  t.match(terminal.output, /\/missing.*no such file or directory/);
  t.equal(await terminal.ended(), 0);
});

t.test("console opens the guest's debug console where the configuration allows it", async (t) => {
  const refusing = new TestTskata(t);
  const { id: closed } = await refusing.create(refusing.bundle());
  const denied = onTerminal(refusing, ["console", closed]);
  t.equal(await denied.ended(), 1);
  t.match(denied.output, /debug\.console/);

  const tskata = new TestTskata(t, "[debug]\nconsole = true\n");
  const { id } = await tskata.create(tskata.bundle());
  const terminal = onTerminal(tskata, ["console", id]);
  await terminal.shows(/guest> /);
  terminal.type("fs.readFileSync('/proc/1/comm', 'utf8')\r");
  await terminal.shows(/init/);
  terminal.type(".exit\r");
  t.equal(await terminal.ended(), 0);
});
