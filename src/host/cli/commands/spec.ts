import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { errnoName, messageOf, TskataError } from "../../../common/error.js";
import { defaultSpec, rootlessSpec } from "../../../oci/default-spec.js";
import { stringifyJson } from "../../../oci/stringify-json.js";

interface Flags {
  readonly bundle: string;
  readonly rootless?: boolean;
}

/** `spec`: writes a config.json to start from. */
export function defineSpec(command: Command): void {
  command
    .option("-b, --bundle <directory>", "where to write it", ".")
    .option("--rootless", "one for a user namespace of the caller's")
    .action(({ bundle, rootless = false }: Flags) => {
      const spec = rootless ? rootlessSpec(process.getuid?.() ?? 0, process.getgid?.() ?? 0) : defaultSpec();
      const path = join(resolve(bundle), "config.json");
      try {
        writeFileSync(path, `${stringifyJson(spec, 2)}\n`, { flag: "wx" });
      } catch (cause) {
        if (errnoName(cause) === "EEXIST") {
          throw new TskataError("already-exists", `spec: ${path} exists already; remove it first`, { cause });
        }
        throw new TskataError("permission", `spec: write ${path}: ${messageOf(cause)}`, { cause });
      }
    });
}
