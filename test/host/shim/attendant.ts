import { join } from "node:path";
import t, { type Test } from "tap";
import { Attendant } from "../../../src/host/shim/attendant.js";
import { ContainerPids } from "../../../src/host/shim/container-pids.js";
import { ProcessIo } from "../../../src/host/shim/io/process-io.js";
import { MonitorControl, type MonitorMessage } from "../../../src/host/sandbox/monitor-control.js";
import { StdioServer } from "../../../src/host/sandbox/stdio-server.js";
import type { Monitor, MonitorOptions } from "../../../src/host/runtime/start-monitor.js";
import { runDirectoryAt } from "../../../src/host/state/run-directory.js";
import { shortDirectory } from "../../support/short-directory.js";

const TOKEN = "token";

/** An attendant that attends, and the supervisor's end of it. */
async function attending(
  t: Test,
  pids?: ContainerPids,
): Promise<{ attendant: Attendant; monitor: Monitor; stdio: StdioServer }> {
  const directory = shortDirectory(t);
  const stdio = await StdioServer.listen(join(directory, "s"), (error) => t.fail(String(error)));
  t.teardown(() => stdio.close());
  const io = await ProcessIo.open(
    { stdin: "", stdout: `file://${directory}/out`, stderr: "", terminal: false },
    { id: "c", namespace: "n" },
  );
  const attendant = new Attendant(io, false, () => stdio, pids);
  const options: Pick<MonitorOptions, "token" | "directory"> = { token: TOKEN, directory: runDirectoryAt(directory) };
  const monitor = await attendant.attendance.attend(options as MonitorOptions);
  return { attendant, monitor, stdio };
}

t.test("an attendant stands for a process as this process, and ends with it when its output is through", async (t) => {
  const { attendant, monitor, stdio } = await attending(t);
  t.equal(monitor.pid, process.pid);
  t.equal(attendant.token, TOKEN);
  const messages: MonitorMessage[] = [];
  const control = new MonitorControl(await stdio.claim(TOKEN, "control"), (message) => messages.push(message));
  const [out, err] = [await stdio.claim(TOKEN, "stdout"), await stdio.claim(TOKEN, "stderr")];
  control.begin();
  attendant.signal(15);
  monitor.signal("SIGUSR1");
  let ended = false;
  const exited = attendant.exited().then((status) => {
    ended = true;
    return status;
  });
  control.exit(7);
  t.equal(await control.gone, false);
  t.equal(ended, false, "there is output to come");
  out.end("said");
  err.end();
  t.equal(await exited, 7);
  t.strictSame(messages, [
    { kind: "signal", signal: 15 },
    { kind: "signal", signal: 10 },
  ]);
});

t.test("a process that could not be made, and one whose supervisor broke off, have a failure's status", async (t) => {
  for (const end of ["failed", "breaks off"] as const) {
    const { attendant, stdio } = await attending(t);
    const control = await stdio.claim(TOKEN, "control");
    for (const kind of ["stdout", "stderr"] as const) (await stdio.claim(TOKEN, kind)).end();
    if (end === "failed") new MonitorControl(control, () => undefined).failed();
    else control.destroy();
    t.equal(await attendant.exited(), 255, end);
  }
});

t.test("an attendant that is dismissed hangs up", async (t) => {
  const { monitor, stdio } = await attending(t);
  const control = await stdio.claim(TOKEN, "control");
  const { gone } = new MonitorControl(control, () => undefined);
  await monitor.dismiss();
  t.equal(await gone, true, "before it was told of an end");
});

t.test("one for a container has a pid of its own until it is released", async (t) => {
  const pids = new ContainerPids();
  const [first, second] = [await attending(t, pids), await attending(t, pids)];
  t.equal(first.attendant.pid, process.pid);
  t.not(second.attendant.pid, process.pid);
  t.equal(second.attendant.pid, second.monitor.pid);
  second.attendant.release();
  t.equal((await attending(t, pids)).attendant.pid, second.attendant.pid);
});
