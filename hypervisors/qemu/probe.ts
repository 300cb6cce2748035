import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf, TskataError } from "../../src/common/error.js";
import type { DriverProbe, HostUser, ProbeFinding } from "../hypervisor.js";
import type { AcceleratorTrial } from "./accelerator-trial.js";
import { findBinary, OLDEST_MAJOR } from "./binary.js";
import type { HostFacts } from "./host-facts.js";
import { hostHugePages, type HugePages, reserveCommand } from "./huge-pages.js";
import type { QemuSettings } from "./options.js";

const INSTALL = "apt-get install qemu-system-x86";

/** Finds QEMU and tries what it can run guests with. */
export async function probeQemu(
  settings: QemuSettings,
  user: HostUser | undefined,
  factsOf: (binary: string) => HostFacts,
  signal?: AbortSignal,
): Promise<DriverProbe> {
  let binary: string;
  let version: ProbeFinding;
  try {
    binary = await findBinary(settings.binary);
    version = versionFinding(binary, await versionOf(binary, signal));
  } catch (error) {
    if (!(error instanceof TskataError)) throw error;
    return { usable: false, findings: [{ subject: "qemu", level: "missing", detail: error.message, remedy: INSTALL }] };
  }
  const facts = factsOf(binary);
  const kvm = await facts.trial("kvm", signal);
  const tcg = await facts.trial("tcg", signal);
  const findings = [
    ...[version, kvmFinding(kvm, settings), tcgFinding(tcg, kvm.works), userFinding(user)],
    ...(settings.hugePages ? [hugePagesFinding(await hostHugePages())] : []),
  ];
  return { usable: version.level === "ok" && isUsable(settings, kvm, tcg), findings };
}

function isUsable({ accelerator }: QemuSettings, kvm: AcceleratorTrial, tcg: AcceleratorTrial): boolean {
  switch (accelerator) {
    case "kvm":
      return kvm.works;
    case "tcg":
      return tcg.works;
    case "auto":
      return kvm.works || tcg.works;
  }
}

async function versionOf(binary: string, signal?: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(binary, ["--version"], { ...(signal && { signal }), timeout: 10_000 });
    return stdout;
  } catch (cause) {
    throw new TskataError("unavailable", `${binary} --version failed: ${messageOf(cause)}`, { cause });
  }
}

/** Reads the first line of `--version`; exported for its test. */
export function versionFinding(binary: string, output: string): ProbeFinding {
  const [firstLine = ""] = output.split("\n");
  const major = /version (\d+)\./.exec(firstLine)?.[1];
  const subject = "qemu";
  if (major === undefined) return { subject, level: "missing", detail: `${binary} is no QEMU: it says '${firstLine}'` };
  if (Number(major) >= OLDEST_MAJOR) return { subject, level: "ok", detail: `${firstLine} (${binary})` };
  const detail = `${firstLine} is too old: version ${OLDEST_MAJOR} or newer is needed`;
  return { subject, level: "missing", detail, remedy: INSTALL };
}

function kvmFinding(trial: AcceleratorTrial, { accelerator }: QemuSettings): ProbeFinding {
  const subject = "kvm";
  if (trial.works) return { subject, level: "ok", detail: "runs guests (tried)" };
  const level = accelerator === "kvm" ? "missing" : "warning";
  const remedy =
    "enable (nested) virtualization for this machine, load kvm_intel or kvm_amd, and let the kvm group open /dev/kvm";
  return { subject, level, detail: `does not run guests: ${trial.reason}`, remedy };
}

function tcgFinding(trial: AcceleratorTrial, kvmWorks: boolean): ProbeFinding {
  const subject = "tcg";
  if (!trial.works) return { subject, level: kvmWorks ? "warning" : "missing", detail: trial.reason };
  if (kvmWorks) return { subject, level: "ok", detail: "runs guests (tried)" };
  const detail = "runs guests (tried); QEMU's authors don't treat TCG as a security boundary, so the VMM runs confined";
  return { subject, level: "warning", detail };
}

function userFinding(user: HostUser | undefined): ProbeFinding {
  const subject = "qemu user";
  if (user === undefined) return { subject, level: "warning", detail: "QEMU runs as the caller, who is not root" };
  if (user.uid === 0) return { subject, level: "ok", detail: "QEMU runs as the caller, without capabilities" };
  return { subject, level: "ok", detail: `QEMU runs as uid ${user.uid}, gid ${user.gid}, without capabilities` };
}

/** Whether there are huge pages for VMs, which the configuration asks for; exported for its test. */
export function hugePagesFinding(pages: HugePages | undefined): ProbeFinding {
  const subject = "huge pages";
  if (pages === undefined) {
    const remedy = "set qemu.huge_pages = false";
    return { subject, level: "missing", detail: "the host's kernel has none of 2 MiB", remedy };
  }
  const { total, available } = pages;
  const detail = `${available} of ${total} are free, 2 MiB each; VMs are booted, not cloned`;
  if (total > 0) return { subject, level: "ok", detail };
  return { subject, level: "missing", detail, remedy: reserveCommand(1024) };
}
