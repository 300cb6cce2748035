import type { Spec } from "../config.js";
import { HOOK_NAMES } from "../tables/hooks.js";
import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";
import { memberPath } from "../validation/json-path.js";
import { checkLinux, checkNamespaceUse } from "./check-linux.js";
import { checkMounts } from "./check-mounts.js";
import { checkProcess } from "./check-process.js";
import { checkStrings } from "./check-strings.js";
import { checkVm } from "./check-vm.js";

/**
 * What the schema can't say about a config.json, on whatever platform
 * (config.md). Documents for Windows alone have other rules for paths, so
 * these aren't looked at.
 */
export function checkDocument(spec: Spec, error: ReportIssue, warning: ReportIssue): void {
  checkStrings(spec, error);
  if (spec.annotations !== undefined && Object.hasOwn(spec.annotations, "")) {
    error(memberPath("annotations", ""), "an empty name", "a name");
  }
  if (spec.root?.path === "") error("root.path", describeValue(spec.root.path), "a path");
  if (spec.windows !== undefined && spec.linux === undefined) return;
  if (spec.process !== undefined) checkProcess(spec.process, "process", error, warning);
  if (spec.process?.scheduler?.policy === "SCHED_DEADLINE" && (spec.linux?.resources?.cpu?.cpus ?? "") !== "") {
    const reason = "process scheduler can't be used together with AllowedCPUs";
    error("linux.resources.cpu.cpus", describeValue(spec.linux?.resources?.cpu?.cpus), `all CPUs: ${reason}`);
  }
  checkMounts(spec, error, warning);
  for (const name of HOOK_NAMES) {
    for (const [index, { path }] of (spec.hooks?.[name] ?? []).entries()) {
      if (!path.startsWith("/")) error(`hooks.${name}[${index}].path`, describeValue(path), "an absolute path");
    }
  }
  if (spec.linux !== undefined) checkLinux(spec.linux, error);
  if (spec.vm !== undefined) checkVm(spec.vm, error);
}

/**
 * What `create` needs beyond a valid document: a version that we follow, a
 * root file system, a platform that we are, and arguments for the process. A
 * document without a process is taken: only `start` needs it.
 */
export function checkCreatable(spec: Spec, error: ReportIssue, warning: ReportIssue): void {
  const major = Number.parseInt(spec.ociVersion, 10);
  if (major > 1) error("ociVersion", describeValue(spec.ociVersion), "a version 1.x");
  if (major < 1) warning("ociVersion", describeValue(spec.ociVersion), "a version 1.x; it is taken as one");
  if (spec.root === undefined) error("root", "nothing", "a root file system");
  const foreign = (["windows", "solaris", "zos", "freebsd"] as const).find((name) => spec[name] !== undefined);
  if (foreign !== undefined && spec.linux === undefined && spec.vm === undefined) {
    error(foreign, `a section for ${foreign} only`, 'a "linux" section');
  }
  if (spec.linux !== undefined) checkNamespaceUse(spec.linux, spec, error, warning);
  if (spec.process !== undefined && (spec.process.args ?? []).length === 0) {
    error("process.args", describeValue(spec.process.args), "a program to run");
  }
}
