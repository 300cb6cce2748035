import { TskataError } from "../../src/common/error.js";
import type { VmExit, VmSize } from "../hypervisor.js";

/** How a domain stands. */
export type DomainState =
  /** It is there, running or not. */
  | { readonly kind: "alive" }
  /** It ended by itself and is kept; `reason` as SHUTDOWN_ of Xen's public/sched.h has them. */
  | { readonly kind: "shut-down"; readonly reason: number }
  /** Somebody destroyed it. */
  | { readonly kind: "gone" };

const SHUTDOWN_POWEROFF = 0;

/**
 * Finds a domain in the output of `xl list -v`: its state letters, processor
 * time, UUID and the reason of its end, in hexadecimal.
 */
export function domainState(list: string, uuid: string): DomainState {
  const line = list.split("\n").find((each) => each.includes(` ${uuid} `));
  const [, letters = "", reason = ""] = /\s([a-z-]{6})\s+[\d.]+\s+[0-9a-f-]{36}\s+(\S+)/.exec(line ?? "") ?? [];
  // A dying one has no more to say.
  if (line === undefined || letters.includes("d")) return { kind: "gone" };
  return /^[0-9a-f]+$/.test(reason) ? { kind: "shut-down", reason: Number.parseInt(reason, 16) } : { kind: "alive" };
}

/** Why a guest that shut down did so. Our init only ever powers off: whatever else it was, the guest broke. */
export function guestExit(reason: number): VmExit {
  return { kind: reason === SHUTDOWN_POWEROFF ? "guest-shutdown" : "guest-panic" };
}

/** What of `xl list -l` is looked at. */
interface LongListEntry {
  readonly config?: {
    readonly b_info?: { readonly avail_vcpus?: readonly number[]; readonly target_memkb?: number };
  };
}

/**
 * Reads a domain's size from the output of `xl list -l DOMAIN`.
 *
 * @throws TskataError `internal` for what has none
 */
export function domainSize(longList: string): VmSize {
  const parsed = JSON.parse(longList) as LongListEntry | readonly LongListEntry[];
  // A single domain is a list of one, or itself, from version to version.
  const entry = (Array.isArray(parsed) ? parsed[0] : parsed) as LongListEntry | undefined;
  const { avail_vcpus: vcpus, target_memkb: memoryKib } = entry?.config?.b_info ?? {};
  if (vcpus === undefined || memoryKib === undefined) {
    throw new TskataError("internal", `xl list -l says nothing of the domain's size: ${longList.slice(0, 200)}`);
  }
  return { vcpus: vcpus.length, memoryBytes: memoryKib * 1024 };
}

/**
 * Reads a domain's memory from the output of `xl list DOMAIN`, in MiB: what it
 * has at the moment.
 *
 * @throws TskataError `internal` for what has none
 */
export function domainMemoryMib(list: string): number {
  const [, memory] = /\s\d+\s+(\d+)\s+\d+\s+[a-z-]{6}\s/.exec(list) ?? [];
  if (memory === undefined) {
    throw new TskataError("internal", `xl list says nothing of the domain's memory: ${list.slice(0, 200)}`);
  }
  return Number(memory);
}

/** Counts, in the output of `xl vcpu-list DOMAIN`, the processors that its guest has not taken offline. */
export function onlineVcpus(list: string): number {
  return [...list.matchAll(/\s\d+\s+\d+\s+\S+\s+([r-][b-][p-])\s/g)].filter(
    ([, letters = ""]) => !letters.endsWith("p"),
  ).length;
}
