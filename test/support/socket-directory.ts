import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

/** A temporary directory with a path short enough for unix sockets, removed after the test. */
export function socketDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "tsk-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
