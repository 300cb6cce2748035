import { accessSync, constants, statSync } from "node:fs";
import { errnoName, messageOf } from "../../common/error.js";
import type { Finding } from "./finding.js";

/** Where the guest's kernel and image were found. */
export interface GuestArtifacts {
  readonly kernel: string;
  readonly image: string;
}

const MIB = 1024 * 1024;

/**
 * Whether the guest was built.
 *
 * @param locate finds the artifacts, or throws an error that says where it looked
 */
export function checkArtifacts(locate: () => GuestArtifacts): Finding[] {
  try {
    const { kernel, image } = locate();
    return [describe("guest kernel", kernel), describe("guest image", image)];
  } catch (error) {
    return [{ subject: "guest", level: "missing", detail: messageOf(error), remedy: "npm run build:guest" }];
  }
}

function describe(subject: string, path: string): Finding {
  const detail = `${path} (${(statSync(path).size / MIB).toFixed(1)} MiB)`;
  try {
    accessSync(path, constants.R_OK);
    return { subject, level: "ok", detail };
  } catch (error) {
    const remedy = `chmod a+r ${path}, or npm run install:system`;
    return { subject, level: "missing", detail: `${detail}: ${errnoName(error) ?? messageOf(error)}`, remedy };
  }
}
