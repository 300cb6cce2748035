import type { MountAttributes, Operation, OperationName, Source } from "./operation.js";
import { PlanWriter } from "./plan-writer.js";
import type { Plan } from "./plan.js";

/** Version of the encoding; the launcher refuses any other. */
export const PLAN_VERSION = 10;

/** Longest plan that the launcher takes, in bytes after the header. */
export const PLAN_MAX_BYTES = 8 << 20;

const MAGIC = Buffer.from("TSKP");
/** Magic, version, length. */
const HEADER_BYTES = 12;

/** Names of the operations; the index is the number in the encoding. 0 is none. */
export const OPERATION_NAMES = [
  undefined,
  "open-pidfd",
  "setns",
  "unshare",
  "set-hostname",
  "set-domainname",
  "rename-interface",
  "set-interface-address",
  "set-mtu",
  "interface-up",
  "interface-down",
  "await-running",
  "add-address",
  "remove-address",
  "add-route",
  "remove-route",
  "add-neighbour",
  "remove-neighbour",
  "set-root",
  "leave-root",
  "write-file",
  "make-directory",
  "make-file",
  "make-node",
  "make-symlink",
  "remove-file",
  "refuse-symlink",
  "mount",
  "bind",
  "bind-in-root",
  "open-tree",
  "set-mount-attributes",
  "reconfigure",
  "move-mount",
  "unmount",
  "pivot-root",
  "move-root",
  "mask-path",
  "readonly-path",
  "set-rlimit",
  "set-scheduler",
  "set-io-priority",
  "set-affinity",
  "set-memory-policy",
  "personality",
  "umask",
  "new-session-keyring",
  "setsid",
  "open-terminal",
  "own-stdio",
  "chdir",
  "limit-bounding-capabilities",
  "keep-capabilities",
  "set-capabilities",
  "set-ambient-capabilities",
  "set-groups",
  "set-gid",
  "set-uid",
  "no-new-privileges",
  "seccomp",
  "barrier",
  "run",
  "default-home",
  "find-executable",
  "exec",
  "set-device-filter",
  "attach-address-program",
  "set-clock",
  "reseed-random",
  "criu",
  "mount-share",
  "look-up",
  "keep-file",
  "refresh-kept",
] as const satisfies readonly (OperationName | undefined)[];

const CODES = new Map<OperationName, number>(
  OPERATION_NAMES.flatMap((name, code) => (name === undefined ? [] : [[name, code] as const])),
);

/** The kinds of plan.h. */
const PLAN_KINDS = { pipes: 0, terminal: 1, childless: 2 } as const;

/** An absent number. */
const NONE = 0xffff_ffff;
const WRITE_BASES = ["root", "proc", "child"] as const;
const NODE_TYPES = ["char", "block", "fifo"] as const;

/**
 * The bytes of a plan, as src/agent/launcher/launcher/plan.h describes them.
 *
 * @throws RangeError for a number out of range, TypeError for a string with a
 * NUL, RangeError for a plan of more than PLAN_MAX_BYTES
 */
export function encodePlan(plan: Plan): Uint8Array {
  return encode(plan.terminal ? PLAN_KINDS.terminal : PLAN_KINDS.pipes, plan);
}

/**
 * The bytes of a plan without a child: its operations and nothing else.
 *
 * @throws as `encodePlan`
 */
export function encodeOperations(operations: readonly Operation[]): Uint8Array {
  const plan = { terminal: false, cloneFlags: 0, before: operations, between: [], parent: [], child: [] };
  return encode(PLAN_KINDS.childless, plan);
}

function encode(kind: number, plan: Plan): Uint8Array {
  const writer = new PlanWriter();
  writer.raw(MAGIC).u32(PLAN_VERSION);
  writer.field(() => {
    writer.u32(kind);
    writer.u64(BigInt(plan.cloneFlags));
    writer.string(plan.cgroup ?? "");
    for (const list of [plan.before, plan.between, plan.parent, plan.child]) {
      writer.u32(list.length);
      for (const operation of list) encodeOperation(writer, operation);
    }
  });
  const length = writer.length - HEADER_BYTES;
  if (length > PLAN_MAX_BYTES) throw new RangeError(`the plan has ${length} bytes, more than ${PLAN_MAX_BYTES}`);
  return writer.bytes();
}

function encodeOperation(writer: PlanWriter, operation: Operation): void {
  writer.u32(CODES.get(operation.op) ?? 0);
  writer.field(() => encodeFields(writer, operation));
}

function source(w: PlanWriter, from: Source): PlanWriter {
  return "slot" in from ? w.u32(from.slot).string("") : w.u32(NONE).string(from.path);
}

function attributes(w: PlanWriter, a: MountAttributes = {}): PlanWriter {
  return w
    .u32(a.set ?? 0)
    .u32(a.clear ?? 0)
    .u32(a.recursiveSet ?? 0)
    .u32(a.recursiveClear ?? 0)
    .u32(a.propagation ?? 0);
}

/** Arguments in the order of the signatures in operations.c. */
function encodeFields(w: PlanWriter, o: Operation): PlanWriter {
  switch (o.op) {
    case "criu":
      return w.string(o.images).string(o.work).data(o.request).flag(o.restores);
    case "open-pidfd":
      return w.u32(o.slot).u32(o.pid);
    case "setns":
      return w.u32(o.slot).u32(o.flags);
    case "unshare":
      return w.u32(o.flags);
    case "set-hostname":
    case "set-domainname":
    case "interface-up":
    case "interface-down":
    case "new-session-keyring":
    case "barrier":
      return w.string(o.name);
    case "rename-interface":
      return w.bytesField(o.macAddress).string(o.name).u32(o.timeoutMs);
    case "set-interface-address":
      return w.string(o.name).bytesField(o.macAddress);
    case "await-running":
      return w.string(o.name).u32(o.timeoutMs);
    case "set-mtu":
      return w.string(o.name).u32(o.mtu);
    case "add-address":
    case "remove-address":
      return w.string(o.name).string(o.address).u32(o.prefixLength).string(o.peer).string(o.broadcast).u32(o.flags);
    case "add-route":
    case "remove-route":
      w.string(o.name).string(o.destination).u32(o.prefixLength).string(o.gateway).string(o.source);
      return w.u32(o.metric).u32(o.scope).u32(o.flags);
    case "add-neighbour":
    case "remove-neighbour":
      return w.string(o.name).string(o.address).bytesField(o.macAddress);
    case "set-root":
    case "look-up":
    case "keep-file":
    case "remove-file":
    case "unmount":
    case "refuse-symlink":
    case "mask-path":
    case "readonly-path":
      return w.string(o.path);
    case "write-file":
      return w
        .u32(WRITE_BASES.indexOf(o.base))
        .string(o.path)
        .data(o.data)
        .u32(o.createMode ?? NONE);
    case "make-directory":
      return w
        .string(o.path)
        .u32(o.mode)
        .u32(o.uid ?? NONE)
        .u32(o.gid ?? NONE);
    case "make-file":
      return w.string(o.path).u32(o.mode);
    case "make-node":
      w.string(o.path).u32(NODE_TYPES.indexOf(o.type)).u32(o.major).u32(o.minor);
      return w.u32(o.mode).u32(o.uid).u32(o.gid);
    case "make-symlink":
      return w.string(o.path).string(o.target);
    case "mount":
      w.string(o.type).string(o.source).string(o.destination).strings(o.options).flag(o.copyUp).flag(o.keepMode);
      return attributes(w, o.attributes);
    case "bind":
      source(w, o.source).string(o.destination).flag(o.recursive);
      return attributes(w, o.attributes);
    case "bind-in-root":
      return attributes(w.string(o.source).string(o.destination).flag(o.recursive), o.attributes);
    case "open-tree":
      w.u32(o.slot).string(o.path).flag(o.recursive);
      return attributes(w, o.attributes);
    case "set-mount-attributes":
      return attributes(w.string(o.path).flag(o.optional), o.attributes);
    case "reconfigure":
      return w.string(o.path).strings(o.options);
    case "move-mount":
      return w.string(o.source).string(o.destination);
    case "set-rlimit":
      return w.u32(o.resource).u64(o.soft).u64(o.hard);
    case "set-scheduler":
      w.u32(o.policy).u64(o.flags).i32(o.nice).u32(o.priority);
      return w.u64(o.runtimeNs).u64(o.deadlineNs).u64(o.periodNs);
    case "set-io-priority":
      return w.u32(o.class).u32(o.level);
    case "set-affinity":
      return w.numbers(o.cpus);
    case "set-memory-policy":
      return w.u32(o.mode).numbers(o.nodes);
    case "personality":
      return w.u32(o.persona);
    case "umask":
      return w.u32(o.mask);
    case "open-terminal":
      return w
        .u32(o.columns)
        .u32(o.rows)
        .flag(o.plainNewlines)
        .string(o.console ?? "");
    case "own-stdio":
    case "set-uid":
      return w.u32(o.uid);
    case "chdir":
      return w.string(o.path).flag(o.attempt === "must");
    case "limit-bounding-capabilities":
      return w.u64(o.keep);
    case "keep-capabilities":
      return w.flag(o.keep);
    case "set-capabilities":
      return w.u64(o.effective).u64(o.permitted).u64(o.inheritable);
    case "set-ambient-capabilities":
      return w.u64(o.ambient);
    case "set-groups":
      return w.numbers(o.gids);
    case "set-gid":
      return w.u32(o.gid);
    case "seccomp":
      return w.bytesField(o.program).u32(o.flags);
    case "run":
      return w.string(o.path).strings(o.args).strings(o.env).flag(o.addHome).data(o.stdin).u32(o.timeoutMs);
    case "default-home":
      return w.u32(o.uid).string(o.fallback);
    case "find-executable":
      return w.string(o.file).string(o.searchPath);
    case "exec":
      return w.strings(o.args).strings(o.env).flag(o.saysFailure);
    case "set-device-filter":
      return w.string(o.path).bytesField(o.program);
    case "attach-address-program":
      return w.string(o.path).u32(o.attachType).bytesField(o.program);
    case "set-clock":
      return w.u64(o.realtimeNs).u64(o.monotonicNs);
    case "reseed-random":
      return w.bytesField(o.seed);
    case "mount-share":
      return w.string(o.tag).string(o.destination).u32(o.timeoutMs);
    case "refresh-kept":
    case "leave-root":
    case "pivot-root":
    case "move-root":
    case "setsid":
    case "no-new-privileges":
      return w;
  }
}
