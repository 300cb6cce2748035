import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

/**
 * A temporary directory whose path is short enough for unix sockets, which
 * `t.testdir()`'s is not; removed at the end of the test. Other users may pass
 * through it.
 */
export function shortDirectory(t: Test, prefix = "tskt-"): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(directory, 0o711);
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
