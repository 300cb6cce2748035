import { withDeadline } from "../../common/deadline.js";
import { messageOf } from "../../common/error.js";
import type { AgentClient } from "../../protocol/agent-client.js";
import type { Virtiofsd } from "../resource/virtiofsd.js";

/** Longest time for the guest's kernel to look through what it remembers, in milliseconds. */
const RELEASE_TIMEOUT_MS = 30_000;

/** Has the guest forget files that nobody uses, whenever their server runs short of descriptors for them. */
export function releaseFilesWhenCrowded(
  server: Pick<Virtiofsd, "onCrowded">,
  agent: Pick<AgentClient, "releaseFiles">,
  log: (line: string) => void,
): void {
  let isReleasing = false;
  const release = async (): Promise<void> => {
    isReleasing = true;
    try {
      await withDeadline("have the guest forget files", RELEASE_TIMEOUT_MS, (signal) =>
        agent.releaseFiles({}, { signal }),
      );
    } catch (error) {
      log(messageOf(error));
    } finally {
      isReleasing = false;
    }
  };
  server.onCrowded(() => {
    // It asks again where that isn't enough.
    if (!isReleasing) void release();
  });
}
