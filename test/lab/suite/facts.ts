import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** What a report says of a host, by name. */
export function hostFacts(): Record<string, string> {
  const facts: Record<string, string | undefined> = {
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(text("/etc/os-release"))?.[1],
    kernel: release(),
    processors: `${cpus().length} of ${cpus()[0]?.model.trim() ?? "an unknown model"}`,
    memory: `${Math.round(totalmem() / 2 ** 20)} MiB`,
    node: process.version,
    qemu: firstLine("qemu-system-x86_64", "--version"),
    xen: existsSync("/proc/xen/capabilities") ? firstLine("xl", "info", "xen_version") : undefined,
    kvm: ["kvm_intel", "kvm_amd"].find((name) => existsSync(`/sys/module/${name}`)),
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined));
}

function text(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What a program says first; undefined where it isn't there. */
function firstLine(program: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0] : undefined;
}
