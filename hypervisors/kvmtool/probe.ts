import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { promisify } from "node:util";
import { errnoName, messageOf, TskataError } from "../../src/common/error.js";
import { findProgram } from "../common/find-program.js";
import type { DriverProbe, HostUser, ProbeFinding } from "../hypervisor.js";
import { binaryMissing } from "./errors.js";
import type { KvmtoolSettings } from "./options.js";
import { type KvmtoolTrial, tryKvmtool } from "./trial.js";

const SUBJECT = "kvmtool";
const REMEDY =
  "build kvmtool from its source (it is in no Debian release) and name lkvm in the configuration (kvmtool.binary), in " +
  "TSKATA_LKVM, or put it on PATH";

/** Finds lkvm and tries what it can do here. */
export async function probeKvmtool(
  settings: KvmtoolSettings,
  user: HostUser | undefined,
  signal?: AbortSignal,
): Promise<DriverProbe> {
  let binary: string;
  try {
    binary = await findProgram(settings.binary, binaryMissing);
  } catch (error) {
    if (!(error instanceof TskataError)) throw error;
    return { usable: false, findings: [{ subject: SUBJECT, level: "missing", detail: error.message, remedy: REMEDY }] };
  }
  const version = versionFinding(binary, await versionOf(binary, signal));
  const trial = await tryKvmtool({ binary, enclosure: settings.enclosure, user }, signal);
  const findings = [version, kvmFinding(trial), transportFinding(settings.agentTransport), userFinding(user)];
  return { usable: findings.every(({ level }) => level !== "missing"), findings };
}

async function versionOf(binary: string, signal?: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(binary, ["version"], { ...(signal && { signal }), timeout: 10_000 });
    return stdout;
  } catch (cause) {
    signal?.throwIfAborted();
    return messageOf(cause);
  }
}

/** Reads what `lkvm version` says; exported for its test. */
export function versionFinding(binary: string, output: string): ProbeFinding {
  const [firstLine = ""] = output.split("\n");
  const version = /^(?:kvm tool|kvmtool|lkvm) \S+/.exec(firstLine)?.[0];
  if (version !== undefined) return { subject: SUBJECT, level: "ok", detail: `${version} (${binary})` };
  const detail = `${binary} is no kvmtool: asked for its version it says '${firstLine}'`;
  return { subject: SUBJECT, level: "missing", detail, remedy: REMEDY };
}

function kvmFinding(trial: KvmtoolTrial): ProbeFinding {
  const subject = "kvmtool kvm";
  if (trial.works) return { subject, level: "ok", detail: "runs guests (tried)" };
  const remedy =
    "enable (nested) virtualization for this machine, load kvm_intel or kvm_amd, and let the kvm group open /dev/kvm";
  return { subject, level: "missing", detail: `does not run guests: ${trial.reason}`, remedy };
}

/** By what agents are reached; the device is another one in tests. */
export function transportFinding(
  transport: KvmtoolSettings["agentTransport"],
  device = "/dev/vhost-vsock",
): ProbeFinding {
  const subject = "kvmtool vsock";
  if (transport === "console") {
    return { subject, level: "ok", detail: "not asked for: agents are reached by a console (kvmtool.agent_transport)" };
  }
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return { subject, level: "ok", detail: `${device} is there` };
  } catch (error) {
    const isForbidden = errnoName(error) === "EACCES";
    const lack = `${device} ${isForbidden ? "can't be opened by this user" : "is missing"}`;
    const remedy = isForbidden ? "run as root" : "modprobe vhost_vsock";
    return transport === "auto"
      ? { subject, level: "warning", detail: `${lack}: agents are reached by a console, which is slow`, remedy }
      : { subject, level: "missing", detail: `${lack}, by which agents are reached (kvmtool.agent_transport)`, remedy };
  }
}

function userFinding(user: HostUser | undefined): ProbeFinding {
  const subject = "kvmtool user";
  if (user === undefined) {
    const detail = "lkvm's file server lets a guest reach all that lkvm can, and to shut lkvm in takes root";
    return { subject, level: "missing", detail, remedy: "run as root, or in a user namespace as its root" };
  }
  const detail = "lkvm runs in a root directory of its own, as root with the rights over files alone";
  return { subject, level: "ok", detail };
}
