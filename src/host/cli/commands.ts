import type { Command } from "commander";
import type { CommandContext } from "./command-context.js";

/** Adds arguments, options and action to a command. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

/** A command before its module is loaded. */
export interface CommandEntry {
  /** For the list in the help. */
  readonly summary: string;
  /** Loads its module: only the one that is called for is. */
  readonly load: () => Promise<DefineCommand>;
}

/** All commands by name, in the help's order. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  create: {
    summary: "make a container, whose program waits for start",
    load: async () => (await import("./commands/create.js")).defineCreate,
  },
  start: {
    summary: "run the program of a created container",
    load: async () => (await import("./commands/start.js")).defineStart,
  },
  run: {
    summary: "create and start a container",
    load: async () => (await import("./commands/run.js")).defineRun,
  },
  exec: {
    summary: "start one more process in a container",
    load: async () => (await import("./commands/exec.js")).defineExec,
  },
  state: {
    summary: "print the state of a container as JSON",
    load: async () => (await import("./commands/state.js")).defineState,
  },
  list: {
    summary: "list the containers",
    load: async () => (await import("./commands/list.js")).defineList,
  },
  ps: {
    summary: "list the processes of a container",
    load: async () => (await import("./commands/ps.js")).definePs,
  },
  kill: {
    summary: "send a signal to a container",
    load: async () => (await import("./commands/kill.js")).defineKill,
  },
  delete: {
    summary: "remove a container",
    load: async () => (await import("./commands/delete.js")).defineDelete,
  },
  pause: {
    summary: "freeze a container",
    load: async () => (await import("./commands/pause.js")).definePause,
  },
  resume: {
    summary: "let a paused container go on",
    load: async () => (await import("./commands/resume.js")).defineResume,
  },
  update: {
    summary: "change the limits of a container",
    load: async () => (await import("./commands/update.js")).defineUpdate,
  },
  events: {
    summary: "print figures of a container as they change",
    load: async () => (await import("./commands/events.js")).defineEvents,
  },
  checkpoint: {
    summary: "store a running container",
    load: async () => (await import("./commands/checkpoint.js")).defineCheckpoint,
  },
  restore: {
    summary: "bring back a stored container",
    load: async () => (await import("./commands/restore.js")).defineRestore,
  },
  spec: {
    summary: "write a config.json to start from",
    load: async () => (await import("./commands/spec.js")).defineSpec,
  },
  features: {
    summary: "print what this runtime can do as JSON",
    load: async () => (await import("./commands/features.js")).defineFeatures,
  },
  check: {
    summary: "find out what this machine can do",
    load: async () => (await import("./commands/check.js")).defineCheck,
  },
  env: {
    summary: "print the settings in use",
    load: async () => (await import("./commands/env.js")).defineEnv,
  },
  gc: {
    summary: "clean up what a crash left",
    load: async () => (await import("./commands/gc.js")).defineGc,
  },
  template: {
    summary: "look after what VMs are cloned from",
    load: async () => (await import("./commands/template.js")).defineTemplate,
  },
  pool: {
    summary: "keep VMs waiting for containers",
    load: async () => (await import("./commands/pool.js")).definePool,
  },
  console: {
    summary: "open a debug shell in a container's VM",
    load: async () => (await import("./commands/console.js")).defineConsole,
  },
  lab: {
    summary: "test tskata on hosts with KVM or Xen",
    load: async () => (await import("./commands/lab.js")).defineLab,
  },
};
