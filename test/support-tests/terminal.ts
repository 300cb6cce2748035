import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import t from "tap";
import { shortDirectory } from "../support/short-directory.js";
import { TestTerminal } from "../support/terminal.js";

t.test("run() gives a command a terminal of the asked size, and its status", async (t) => {
  const terminal = TestTerminal.run(["sh", "-c", "stty size; read line; echo got $line; exit 7"], {
    columns: 100,
    rows: 30,
  });
  await terminal.shows(/30 100\r\n/);
  terminal.type("hello\n");
  await terminal.shows(/got hello\r\n/);
  t.equal(await terminal.ended(), 7);
});

t.test("resize() reaches the command as SIGWINCH", async (t) => {
  // The signal interrupts a wait(1), but not a read(1).
  const script = "trap 'stty size; kill $!; exit' WINCH; sleep 1000 & echo ready; wait";
  const terminal = TestTerminal.run(["bash", "-c", script]);
  await terminal.shows(/ready/);
  terminal.resize(90, 20);
  await terminal.shows(/20 90/);
  t.equal(await terminal.ended(), 0);
});

t.test("shows() says what was shown instead", async (t) => {
  const terminal = TestTerminal.run(["echo", "something else"]);
  await t.rejects(terminal.shows(/never/), { message: /something else/ });
});

t.test("receive() takes a terminal over SCM_RIGHTS", async (t) => {
  const socketPath = join(shortDirectory(t), "console.sock");
  const terminal = await TestTerminal.receive(socketPath);
  const sender = [
    "import os, pty, socket, sys",
    "master, slave = pty.openpty()",
    "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])",
    "socket.send_fds(s, [os.ttyname(slave).encode()], [master]); os.close(master)",
    "os.write(slave, b'from the slave\\n'); print(os.read(slave, 100).decode())",
  ].join("\n");
  const child = spawn("python3", ["-c", sender, socketPath], { stdio: ["ignore", "pipe", "inherit"] });
  await terminal.shows(/from the slave\r\n/);
  t.match(terminal.messages, /received \/dev\/pts\/\d+/);
  terminal.type("typed\n");
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  t.equal(text.toString().trim(), "typed");
  t.equal(await terminal.ended(), 0);
});
