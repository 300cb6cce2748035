import { TskataError } from "../../common/error.js";
import { ControlClient } from "../sandbox/control-client.js";
import type { ContainerOrder } from "../sandbox/container-order.js";
import type { ContainerRecord } from "../state/container-record.js";
import { runDirectoryAt } from "../state/run-directory.js";
import type { RuntimeContext } from "./context.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";
import { resizingTimeoutMs } from "./supervisor-call.js";

/**
 * The supervisor of a VM that runs, which makes one more container.
 *
 * @param member a container that lives in the VM
 * @throws TskataError `unavailable` where the VM has ended meanwhile
 */
export async function joinSupervisor(
  { config, log }: RuntimeContext,
  member: ContainerRecord,
  order: ContainerOrder,
): Promise<CreatingSupervisor> {
  const { supervisor } = member;
  if (supervisor === undefined) throw new TskataError("internal", `container ${member.id} has no supervisor`);
  const { controlSocket } = runDirectoryAt(member.runDirectory);
  const { id } = order.record;
  const client = await ControlClient.connect(controlSocket);
  let monitorPid = 0;
  let asked = false;
  return {
    pid: supervisor.pid,
    seesOtherMounts: order.asMonitorSees,
    adopt: async (pid) => {
      monitorPid = pid;
    },
    finish: async () => {
      asked = true;
      const { warnings } = await client.call("create", { order, monitorPid }, resizingTimeoutMs(config));
      for (const warning of warnings) log.warning(`create ${id}: ${warning}`);
      client.close();
    },
    abandon: async () => {
      client.close();
      if (!asked) return;
      asked = false;
      try {
        const another = await ControlClient.connect(controlSocket);
        await another.call("destroy", { containerId: id }, config.guest.agentTimeoutMs);
        another.close();
      } catch (error) {
        // It undid everything by itself, or went away with everything.
        if (!(error instanceof TskataError) || !["not-found", "unavailable"].includes(error.code)) throw error;
      }
    },
  };
}
