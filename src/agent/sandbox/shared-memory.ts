import type { BindSource } from "../../protocol/gen/agent_pb.js";
import { MOUNT_ATTR } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import type { Sandbox } from "./sandbox.js";

/** Bind sources as they are seen in the guest. */
export interface SeenSources {
  /** By a mount's index. */
  readonly sources: ReadonlyMap<number, Pick<BindSource, "path" | "isDirectory">>;
  /** In the agent's namespaces, before anything looks for them. */
  readonly operations: readonly Operation[];
  /** To be called when they were carried out. */
  done(): void;
}

/**
 * Where the bind sources of a container are. The memory that a sandbox's containers share is a tmpfs(5), as large as the
 * first of them asks for, and lasts as long as the VM.
 */
export function seenSources(sandbox: Sandbox, asked: Readonly<Record<number, BindSource>>): SeenSources {
  const destination = sandbox.paths.sharedMemory;
  const entries = Object.entries(asked).map(([index, source]) => [Number(index), source] as const);
  const bytes = entries.find(([, { sharedMemoryBytes }]) => sharedMemoryBytes > 0n)?.[1].sharedMemoryBytes;
  const wanted = bytes !== undefined && !sandbox.hasSharedMemory;
  return {
    sources: new Map(
      entries.map(([index, { sharedMemoryBytes, ...source }]) => [
        index,
        sharedMemoryBytes > 0n ? { path: destination, isDirectory: true } : source,
      ]),
    ),
    operations: wanted ? mountMemory(destination, bytes) : [],
    done: () => {
      sandbox.hasSharedMemory ||= wanted;
    },
  };
}

function mountMemory(destination: string, bytes: bigint): Operation[] {
  return [
    { op: "make-directory", path: destination, mode: 0o755 },
    {
      op: "mount",
      type: "tmpfs",
      source: "shm",
      destination,
      options: ["mode=1777", `size=${bytes}`],
      attributes: { set: MOUNT_ATTR.nosuid | MOUNT_ATTR.nodev | MOUNT_ATTR.noexec },
    },
  ];
}
