/**
 * The hooks of config.json in the order in which they run (config.md,
 * "POSIX-platform Hooks").
 */
export const HOOK_NAMES = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;

/** A member of `hooks`. */
export type HookName = (typeof HOOK_NAMES)[number];
