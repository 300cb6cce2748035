import { type Command, Option } from "commander";
import { driverNames } from "../../../hypervisors/known-drivers.js";
import type { LogFormat } from "../../common/log.js";

/** The options that stand before the command. */
export interface GlobalOptions {
  readonly root?: string;
  readonly log?: string;
  readonly logFormat: LogFormat;
  readonly debug?: boolean;
  readonly config?: string;
  readonly systemdCgroup?: boolean;
  readonly hypervisor?: string;
  readonly rootless: "auto" | "true" | "false";
}

/** Declares the global options of runc, `--config` and `--hypervisor`. */
export function addGlobalOptions(program: Command): void {
  program
    .option("--root <directory>", "directory for the state of containers (default: /run/tskata, or the user's own)")
    .option("--log <file>", "append errors and warnings to this file")
    .addOption(new Option("--log-format <format>", "format of the log").choices(["text", "json"]).default("text"))
    .option("--debug", "log what helps to find a fault")
    .option("--config <file>", "configuration file instead of /etc/tskata/config.toml and the user's own")
    .addOption(
      new Option("--hypervisor <driver>", "what runs new VMs, whatever configuration and container ask for").choices([
        "auto",
        ...driverNames,
      ]),
    )
    .option("--systemd-cgroup", "linux.cgroupsPath is slice:prefix:name, a scope of systemd")
    .addOption(
      new Option("--rootless <mode>", "taken for compatibility, of no effect")
        .choices(["auto", "true", "false"])
        .default("auto"),
    )
    .addOption(new Option("--criu <path>", "taken for compatibility, of no effect").hideHelp());
}
