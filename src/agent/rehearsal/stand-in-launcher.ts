import { PassThrough } from "node:stream";
import type { LauncherChild } from "../kernel/launcher-child.js";
import { channelPair } from "./channel-pair.js";

/** What a launcher of each kind reports at once, after it was told to go on, and when the input has ended. */
const REPORTS = {
  init: { first: "pid 2\nbarrier start\n", next: "started\n", last: "exited 0\n" },
  process: { first: "pid 2\nstarted\n", next: undefined, last: "exited 0\n" },
  operations: { first: "done\n", next: undefined, last: undefined },
};

/**
 * A launcher that does nothing and reports success: of a container's init or a further process that say
 * nothing and end with their input, with status 0, or of a list of operations.
 */
export function standInLauncher(kind: keyof typeof REPORTS): LauncherChild {
  const [control, launcher] = channelPair();
  const { first, next, last } = REPORTS[kind];
  const input = new PassThrough();
  launcher.once("data", () => {
    launcher.write(first);
    if (next !== undefined) launcher.once("data", () => launcher.write(next));
    if (last === undefined) launcher.end();
  });
  if (last !== undefined) input.resume().once("end", () => launcher.write(last));
  const ended = new Promise<void>((resolve) => {
    launcher.once("end", () => launcher.end());
    control.once("close", resolve);
  });
  const streams = { control, input, output: null, notifications: null, preservedFds: [] };
  return { pid: 1, ...streams, ended };
}
