import type { Spec } from "../config.js";
import { hasBindOption, isBindMount } from "../is-bind-mount.js";
import { knownMountOptions } from "../tables/mount-options.js";
import type { Mount } from "../mount.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";
import { checkIdMappings } from "./check-id-mappings.js";

const BIND_OPTIONS: ReadonlySet<string> = new Set(knownMountOptions());

/** What the schema can't say about mounts (config.md, "Mounts"). */
export function checkMounts(spec: Spec, error: ReportIssue, warning: ReportIssue): void {
  const hasUserNamespace = (spec.linux?.namespaces ?? []).some(({ type }) => type === "user");
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    const path = `mounts[${index}]`;
    const { destination } = mount;
    if (destination === "") {
      error(`${path}.destination`, describeValue(destination), "an absolute path");
    } else if (!destination.startsWith("/")) {
      warning(`${path}.destination`, describeValue(destination), "an absolute path; it is taken as relative to /");
    }
    if (hasBindOption(mount) && (mount.source ?? "") === "") {
      error(`${path}.source`, describeValue(mount.source), "a path to bind");
    }
    if (isBindMount(mount)) warnOfOptions(mount, path, warning);
    checkMapping(mount, path, hasUserNamespace, error);
  }
}

/** A bind mount takes a filesystem as it is. */
function warnOfOptions({ options = [] }: Mount, path: string, warning: ReportIssue): void {
  for (const [index, option] of options.entries()) {
    if (BIND_OPTIONS.has(option)) continue;
    warning(`${path}.options[${index}]`, describeValue(option), "an option that bind mounts have; it is ignored");
  }
}

function checkMapping(mount: Mount, path: string, hasUserNamespace: boolean, error: ReportIssue): void {
  const hasUids = (mount.uidMappings ?? []).length > 0;
  const hasGids = (mount.gidMappings ?? []).length > 0;
  const option = mount.options?.findIndex((name) => name === "idmap" || name === "ridmap") ?? -1;
  if (hasUids && !hasGids) error(`${path}.gidMappings`, "nothing", 'mappings beside "uidMappings"');
  if (hasGids && !hasUids) error(`${path}.uidMappings`, "nothing", 'mappings beside "gidMappings"');
  if (option >= 0 && !hasUids && !hasGids && !hasUserNamespace) {
    error(`${path}.options[${option}]`, describeValue(mount.options?.[option]), "mappings, or a user namespace");
  }
  checkIdMappings(mount.uidMappings ?? [], `${path}.uidMappings`, error);
  checkIdMappings(mount.gidMappings ?? [], `${path}.gidMappings`, error);
}
