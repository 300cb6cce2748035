import { containerStats } from "../../runtime/container-stats.js";
import { MetricsCodec } from "../api/gen/cgroup-stats/metrics_pb.js";
import type { StatsRequest, StatsResponse } from "../api/gen/task-v2/task_pb.js";
import { cgroupMetrics } from "../cgroup-metrics.js";
import { pack } from "../packed.js";
import type { Shim } from "../shim.js";

/**
 * Figures of a container's cgroup in the guest, as one of version 2. One that has ended uses nothing any more; containerd
 * asks whether memory had run out in it.
 */
export async function taskStats(shim: Shim, { id }: StatsRequest): Promise<StatsResponse> {
  const { init, oomKills } = shim.task(id);
  if (init.state.kind === "stopped") {
    return { stats: pack(MetricsCodec, { memoryEvents: { oomKill: BigInt(oomKills) } }) };
  }
  return { stats: pack(MetricsCodec, cgroupMetrics(await containerStats(await shim.context(), id))) };
}
