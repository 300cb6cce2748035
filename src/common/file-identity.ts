import { stat } from "node:fs/promises";

/** A text that changes when the file does: who replaces or changes it gives it another. See stat(2). */
export async function fileIdentity(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [path, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
