import { join } from "node:path";
import type { ExternalMount } from "./criu-request.js";

/** Filesystems of the shares: what is on them is the host's. */
const SHARED_TYPES = new Set(["virtiofs", "9p"]);

interface MountLine {
  readonly id: string;
  readonly parent: string;
  /** `major:minor`. */
  readonly device: string;
  /** What of its filesystem it shows. */
  readonly root: string;
  readonly path: string;
  readonly type: string;
}

/** A bind mount of a container: where the guest sees its source, and the device (`major:minor`) that has it. */
export interface SharedSource {
  readonly index: number;
  readonly path: string;
  readonly device: string;
}

/**
 * The mounts of a container that lead to the host, with the names of their
 * sources: `INDEX` for that of a bind mount, `INDEX/PATH` for what is mounted
 * below it.
 *
 * @param mountinfo of a process in it (proc_pid_mountinfo(5))
 * @param sources of its bind mounts
 */
export function externalMounts(mountinfo: string, sources: readonly SharedSource[]): ExternalMount[] {
  const lines = mountinfo.split("\n").flatMap(parseLine);
  const named = new Map<string, { readonly line: MountLine; readonly name: string }>();
  for (const line of lines) {
    if (line.path === "/" || !SHARED_TYPES.has(line.type)) continue;
    const above = named.get(line.parent);
    const own = sources.find(
      ({ path, device }) => device === line.device && (line.root === "/" || path.endsWith(line.root)),
    );
    const name =
      own !== undefined
        ? String(own.index)
        : above === undefined
          ? undefined
          : join(above.name, line.path.slice(above.line.path.length));
    if (name !== undefined) named.set(line.id, { line, name });
  }
  return [...named.values()].map(({ line, name }) => ({ key: line.path, val: name }));
}

/**
 * Where what those names mean is to be found in another VM.
 *
 * @param names `externalMounts`' of the checkpoint
 * @param sources by the bind mount's index
 */
export function externalSources(
  names: readonly string[],
  sources: ReadonlyMap<number, { readonly path: string }>,
): ExternalMount[] {
  return names.flatMap((key) => {
    const [index, ...below] = key.split("/");
    const source = sources.get(Number(index));
    return source === undefined ? [] : [{ key, val: join(source.path, ...below) }];
  });
}

function parseLine(line: string): MountLine[] {
  const [fields, filesystem] = line.split(" - ");
  const [id, parent, device, root, path] = fields?.split(" ") ?? [];
  const [type] = filesystem?.split(" ") ?? [];
  if (id === undefined || parent === undefined || device === undefined || root === undefined) return [];
  return path === undefined || type === undefined ? [] : [{ id, parent, device, root, path: unescape(path), type }];
}

/** Spaces and the like are `\\040`. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
