import type { Mount } from "./mount.js";

/** Whether a mount takes a part of the host's file system (mount type `bind`, or one of its options). */
export function isBindMount(mount: Mount): boolean {
  return mount.type === "bind" || hasBindOption(mount);
}

/** Whether one of its options alone makes it a bind mount. */
export function hasBindOption({ options = [] }: Mount): boolean {
  return options.some((option) => option === "bind" || option === "rbind");
}
