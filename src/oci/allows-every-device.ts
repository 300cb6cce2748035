import type { LinuxDeviceCgroup } from "./linux-resources.js";

const ACCESS = ["r", "w", "m"];

/**
 * Whether the rules of a device cgroup end up allowing everything, as those of a
 * privileged container do. Its list of devices is then whatever the host has, and
 * nobody asked for one of them by name.
 */
export function allowsEveryDevice(rules: readonly LinuxDeviceCgroup[] = []): boolean {
  const last = rules.findLastIndex((rule) => !rule.allow);
  return rules.slice(last + 1).some(isForAll);
}

function isForAll({ type = "a", major = -1, minor = -1, access = "rwm" }: LinuxDeviceCgroup): boolean {
  const all = Number(major) === -1 && Number(minor) === -1;
  return all && (type === "" || type === "a") && ACCESS.every((letter) => access.includes(letter));
}
