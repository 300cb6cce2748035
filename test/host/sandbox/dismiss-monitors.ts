import t, { type Test } from "tap";
import { SandboxContainer } from "../../../src/host/sandbox/container.js";
import { dismissMonitors } from "../../../src/host/sandbox/dismiss-monitors.js";
import type { MonitorControl } from "../../../src/host/sandbox/monitor-control.js";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { type Mortal, startMortal } from "../../support/mortal.js";

const NEVER = (): void => undefined;

/** A container with one more process, what its monitors are told, and that of the further process. */
async function withExecuted(t: Test): Promise<{
  container: SandboxContainer;
  init: MonitorControl;
  told: string[];
  monitor: Mortal;
}> {
  const told: string[] = [];
  const control = (name: string): MonitorControl =>
    ({ exit: (status: number) => void told.push(`${name} ${status}`) }) as unknown as MonitorControl;
  const container = new SandboxContainer({ id: "c" } as ContainerRecord, {}, []);
  const monitor = await startMortal(t);
  container.addMonitor(monitor);
  container.executed.set("e", { monitor: control("exec"), monitorPid: monitor.pid, breakOff: NEVER });
  return { container, init: control("init"), told, monitor };
}

t.test("init's monitor leaves when the others were reaped", async (t) => {
  const { container, init, told, monitor } = await withExecuted(t);
  const dismissed = dismissMonitors(container, init, 3);
  await monitor.end();
  t.strictSame(told, [], "a zombie may still be taken after it");
  await monitor.reap();
  await dismissed;
  t.strictSame(told, ["init 3"], "the other has told its own status");
});

t.test("a monitor that stays is told to leave, and holds up init's for two seconds at most", async (t) => {
  const { container, init, told } = await withExecuted(t);
  await dismissMonitors(container, init, 3);
  t.strictSame(told, ["exec 3", "init 3"]);
});

t.test("those that were reaped are dropped when the next comes", async (t) => {
  const { container, monitor } = await withExecuted(t);
  await monitor.end();
  const second = await startMortal(t);
  container.addMonitor(second);
  t.strictSame([...container.monitors], [monitor, second]);
  await monitor.reap();
  const third = await startMortal(t);
  container.addMonitor(third);
  t.strictSame([...container.monitors], [second, third]);
});
