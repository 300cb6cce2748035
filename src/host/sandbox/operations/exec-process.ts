import { unlessAborted } from "../../../common/deadline.js";
import { messageOf } from "../../../common/error.js";
import { parsePreservedFds } from "../../../protocol/preserved-fds.js";
import { hookState } from "../../hooks/hook-state.js";
import { identifyProcess } from "../../state/process-identity.js";
import { LOST_EXIT_STATUS } from "../../state/effective-status.js";
import type { SandboxContainer } from "../container.js";
import type { ControlMethods, ExecParams } from "../control-protocol.js";
import { type JoiningStreams, joinProcessStreams } from "../process-streams.js";
import type { Sandbox } from "../sandbox.js";
import type { SeccompNotifier } from "../seccomp-notifier.js";

/** Starts one more process in a container, joined with its monitor. The exec id in the guest is the token. */
export async function execProcess(
  sandbox: Sandbox,
  params: ExecParams,
  signal: AbortSignal,
): Promise<ControlMethods["exec"]["result"]> {
  const { containerId, token, terminal, monitorPid } = params;
  const container = sandbox.container(containerId);
  if (params.ignorePaused) await resumed(container, signal);
  container.require("exec in", "created", "running");
  const monitor = await sandbox.adoptMonitor(token, { kind: "process", containerId, execId: token }, signal);
  const identity = monitorPid === process.pid ? undefined : identifyProcess(monitorPid);
  if (identity !== undefined) container.addMonitor(identity);
  let notifier: SeccompNotifier | undefined;
  let streams: JoiningStreams | undefined;
  try {
    const { record } = container;
    const state = hookState(record, "running", record.monitor?.pid);
    notifier = await sandbox.notifySeccompAgent(container.seccompAgent, { pid: monitorPid, state }, signal);
    // All of it in one go: the guest is the slower side.
    const request = {
      containerId,
      execId: token,
      processJson: Buffer.from(params.processJson),
      cgroup: params.cgroup,
      preservedFds: params.preservedFds,
      terminalSize: { ...monitor.initialSize, plainNewlines: params.plainNewlines },
    };
    const kinds = { terminal, preservedFds: parsePreservedFds(params.preservedFds) };
    streams = joinProcessStreams(sandbox.stdio, token, kinds, sandbox.guestStreams(containerId, token), signal);
    if (notifier !== undefined) sandbox.joinNotifier(notifier, { containerId, execId: token });
    const executed = sandbox.callAgent(
      `exec in ${containerId}`,
      (agent, options) => agent.execProcess(request, options),
      signal,
    );
    const ended = sandbox.vm.agent.waitProcess({ containerId, execId: token });
    // It fails where the process isn't made, which is told of.
    ended.catch(() => undefined);
    const { pid } = await executed;
    container.executed.set(token, { monitor, monitorPid, breakOff: streams.giveUp });
    await streams.joined;
    monitor.begin();
    void watchExit(sandbox, container, token, ended);
    return { guestPid: pid };
  } catch (error) {
    container.executed.delete(token);
    streams?.giveUp();
    notifier?.end();
    monitor.failed();
    throw error;
  }
}

/** A process that joined a frozen container would not run before either. */
async function resumed(container: SandboxContainer, signal: AbortSignal): Promise<void> {
  while (container.live.kind === "paused") await unlessAborted(container.live.pause.over, signal);
}

async function watchExit(
  sandbox: Sandbox,
  container: SandboxContainer,
  execId: string,
  ended: Promise<{ readonly exitStatus: number }>,
): Promise<void> {
  let status = LOST_EXIT_STATUS;
  try {
    ({ exitStatus: status } = await ended);
  } catch (error) {
    sandbox.log(`wait for ${execId} in ${container.id}: ${messageOf(error)}`);
  }
  container.executed.get(execId)?.monitor.exit(status & 0xff);
  container.executed.delete(execId);
}
