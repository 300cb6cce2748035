import { MOUNT_FLAG_OPTIONS, PROPAGATION_OPTIONS, RECURSIVE_OPTIONS } from "../../oci/tables/mount-options.js";
import type { MountFlagChange } from "../../oci/tables/mount-options.js";
import { MOUNT_ATTR } from "../kernel/constants.js";
import type { MountAttributes } from "../kernel/operation.js";

/** The options of one mount, sorted by what they act on. */
export interface ParsedMountOptions {
  /** Attributes of the mount, but for its propagation. */
  readonly attributes: MountAttributes;
  /** MS_* propagation types, to be applied one after the other. */
  readonly propagation: readonly number[];
  readonly readonly: boolean;
  readonly bind: "none" | "single" | "recursive";
  readonly remount: boolean;
  /** Fill the new filesystem with what the directory had. */
  readonly copyUp: boolean;
  /** Options that the filesystem itself reads. */
  readonly data: readonly string[];
}

/** MS_* flags of mount(2) that are attributes of the mount for mount_setattr(2). */
const ATTRIBUTE_OF_FLAG: readonly (readonly [flag: number, attribute: number])[] = [
  [0x1, MOUNT_ATTR.readonly],
  [0x2, MOUNT_ATTR.nosuid],
  [0x4, MOUNT_ATTR.nodev],
  [0x8, MOUNT_ATTR.noexec],
  [0x100, MOUNT_ATTR.nosymfollow],
  [0x800, MOUNT_ATTR.nodiratime],
];

const MS_REMOUNT = 0x20;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_NOATIME = 0x400;
const MS_RELATIME = 0x200000;
const MS_STRICTATIME = 0x1000000;

/** MS_* flags that are the filesystem's own, by the name that fsconfig(2) takes. */
const FILESYSTEM_FLAGS: readonly (readonly [flag: number, name: string])[] = [
  [0x10, "sync"],
  [0x40, "mand"],
  [0x80, "dirsync"],
  [0x2000000, "lazytime"],
];

/** Bits that options switch on and off; the last one that names a bit has the say. */
class Flags {
  on = 0;
  off = 0;

  apply({ set, clear }: MountFlagChange): void {
    this.on = (this.on & ~clear) | set;
    this.off = (this.off & ~set) | (clear & ~set);
  }
}

/** Reads the options of a mount (config.md, "Linux mount options"). */
export function parseMountOptions(options: readonly string[]): ParsedMountOptions {
  const single = new Flags();
  const tree = new Flags();
  const propagation: number[] = [];
  const data: string[] = [];
  let copyUp = false;
  for (const option of options) {
    const ofMount = MOUNT_FLAG_OPTIONS[option];
    const ofTree = RECURSIVE_OPTIONS[option];
    const type = PROPAGATION_OPTIONS[option];
    if (ofMount !== undefined) single.apply(ofMount);
    else if (ofTree !== undefined) tree.apply(ofTree);
    else if (type !== undefined) propagation.push(type);
    // Owners are mapped on the host, where the files are.
    else if (option === "idmap" || option === "ridmap") continue;
    else if (option === "tmpcopyup") copyUp = true;
    // mount(2) takes a list with nothing between two commas; Podman 5 gives an empty one.
    else if (option === "") continue;
    else data.push(option);
  }
  const bind = (single.on & MS_BIND) === 0 ? "none" : (single.on & MS_REC) === 0 ? "single" : "recursive";
  return {
    attributes: {
      ...singleAttributes(single),
      ...bits("recursiveSet", tree.on),
      ...bits(
        "recursiveClear",
        (tree.on | tree.off) & MOUNT_ATTR.atimeMask ? tree.off | MOUNT_ATTR.atimeMask : tree.off,
      ),
    },
    propagation,
    readonly: ((single.on | tree.on) & MOUNT_ATTR.readonly) !== 0,
    bind,
    remount: (single.on & MS_REMOUNT) !== 0,
    copyUp,
    data: [...data, ...FILESYSTEM_FLAGS.filter(([flag]) => (single.on & flag) !== 0).map(([, name]) => name)],
  };
}

function singleAttributes({ on, off }: Flags): MountAttributes {
  let set = 0;
  let clear = 0;
  for (const [flag, attribute] of ATTRIBUTE_OF_FLAG) {
    if ((on & flag) !== 0) set |= attribute;
    if ((off & flag) !== 0) clear |= attribute;
  }
  // The atime modes are one value: whichever is chosen, the others are cleared.
  const chosen = on & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
  if (chosen !== 0 || (off & MS_NOATIME) !== 0) clear |= MOUNT_ATTR.atimeMask;
  if ((chosen & MS_NOATIME) !== 0) set |= MOUNT_ATTR.noatime;
  else if ((chosen & MS_STRICTATIME) !== 0) set |= MOUNT_ATTR.strictatime;
  return { ...bits("set", set), ...bits("clear", clear) };
}

function bits(name: keyof MountAttributes, value: number): MountAttributes {
  return value === 0 ? {} : { [name]: value };
}
