import { stat } from "node:fs/promises";

/** A text that changes when the file does: who replaces or changes it gives it another. The path comes last. See stat(2). */
export async function fileIdentity(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs, path].join(" ");
}

/** The path in a file's identity. */
export function identifiedPath(identity: string): string {
  return identity.split(" ").slice(5).join(" ");
}
