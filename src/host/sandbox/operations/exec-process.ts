import { unlessAborted } from "../../../common/deadline.js";
import { messageOf } from "../../../common/error.js";
import { parsePreservedFds } from "../../../protocol/preserved-fds.js";
import { hookState } from "../../hooks/hook-state.js";
import { LOST_EXIT_STATUS } from "../../state/effective-status.js";
import type { SandboxContainer } from "../container.js";
import type { ControlMethods, ExecParams } from "../control-protocol.js";
import { joinProcessStreams } from "../process-streams.js";
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
  let notifier: SeccompNotifier | undefined;
  try {
    const { record } = container;
    const state = hookState(record, "running", record.monitor?.pid);
    notifier = await sandbox.notifySeccompAgent(container.seccompAgent, { pid: monitorPid, state }, signal);
    const { pid } = await sandbox.callAgent(
      `exec in ${containerId}`,
      (agent, options) =>
        agent.execProcess(
          {
            containerId,
            execId: token,
            processJson: Buffer.from(params.processJson),
            cgroup: params.cgroup,
            preservedFds: params.preservedFds,
            terminalSize: { ...monitor.initialSize, plainNewlines: params.plainNewlines },
          },
          options,
        ),
      signal,
    );
    container.executed.set(token, { monitor, monitorPid });
    const streams = { terminal, preservedFds: parsePreservedFds(params.preservedFds) };
    await joinProcessStreams(sandbox.stdio, token, streams, sandbox.guestStreams(containerId, token), signal);
    if (notifier !== undefined) await sandbox.joinNotifier(notifier, { containerId, execId: token }, signal);
    monitor.begin();
    void watchExit(sandbox, container, token);
    return { guestPid: pid };
  } catch (error) {
    container.executed.delete(token);
    notifier?.end();
    monitor.failed();
    throw error;
  }
}

/** A process that joined a frozen container would not run before either. */
async function resumed(container: SandboxContainer, signal: AbortSignal): Promise<void> {
  while (container.live.kind === "paused") await unlessAborted(container.live.pause.over, signal);
}

async function watchExit(sandbox: Sandbox, container: SandboxContainer, execId: string): Promise<void> {
  let status = LOST_EXIT_STATUS;
  try {
    ({ exitStatus: status } = await sandbox.vm.agent.waitProcess({ containerId: container.id, execId }));
  } catch (error) {
    sandbox.log(`wait for ${execId} in ${container.id}: ${messageOf(error)}`);
  }
  container.executed.get(execId)?.monitor.exit(status & 0xff);
  container.executed.delete(execId);
}
