import { TskataError } from "../../common/error.js";

/** As runc and systemd have it. */
const DEFAULT_SLICE = "system.slice";
const SLICE = ".slice";

/** Where a container's cgroups are, on every hierarchy. */
export interface CgroupPath {
  /** From the hierarchy's root, or, where it isn't absolute, from this process's own cgroup. */
  readonly path: string;
  /** The scope of systemd that it is. */
  readonly scope?: ScopeName;
}

/** A scope of systemd, see systemd.scope(5). */
export interface ScopeName {
  readonly unit: string;
  readonly slice: string;
}

/**
 * Reads a `cgroupsPath` of config.json.
 *
 * @param systemd it names a scope of systemd: `slice:prefix:name`
 * @returns undefined where there are to be no cgroups
 * @throws TskataError `invalid-argument` where it doesn't
 */
export function cgroupPath(cgroupsPath: string, systemd: boolean): CgroupPath | undefined {
  if (cgroupsPath === "") return undefined;
  if (!systemd) return { path: cgroupsPath };
  const parts = cgroupsPath.split(":");
  const [slice = "", prefix = "", name = ""] = parts;
  if (parts.length !== 3 || name === "" || name.includes("/")) {
    const expected = "slice:prefix:name, as --systemd-cgroup needs it";
    throw new TskataError("invalid-argument", `linux.cgroupsPath: found "${cgroupsPath}", expected ${expected}`);
  }
  const scope = {
    unit: `${prefix === "" ? "" : `${prefix}-`}${name}.scope`,
    slice: slice === "" ? DEFAULT_SLICE : slice,
  };
  return { path: `${slicePath(scope.slice)}/${scope.unit}`, scope };
}

/**
 * The path of a slice: dashes in its name part it from the slices that it lies
 * in, so that `a-b.slice` is `/a.slice/a-b.slice` (systemd.slice(5)).
 *
 * @throws TskataError `invalid-argument` for a name that no slice can have
 */
export function slicePath(slice: string): string {
  const name = slice.endsWith(SLICE) ? slice.slice(0, -SLICE.length) : "";
  // The root of all slices.
  if (name === "-") return "";
  const parts = name.split("-");
  if (name.includes("/") || parts.includes("")) {
    throw new TskataError("invalid-argument", `linux.cgroupsPath: "${slice}" is not the name of a slice of systemd`);
  }
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("-")}${SLICE}`).join("");
}
