import { readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { TestTskata } from "../support/tskata.js";

const POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB";
const CONFIG = "[qemu]\nhuge_pages = true\n[guest]\nmemory_mib = 256\n";
/** Of a VM of 256 MiB. */
const VM_PAGES = 128;

function count(name: "nr" | "free" | "resv"): number {
  return Number(readFileSync(`${POOL}/${name}_hugepages`, "utf8"));
}

/** Those that processes have, or have been promised. */
function taken(): number {
  return count("nr") - count("free") + count("resv");
}

/** Has the host reserve so many more, until the test ends. */
function reserve(t: Test, pages: number): void {
  const before = count("nr");
  t.teardown(() => writeFileSync(`${POOL}/nr_hugepages`, String(before)));
  writeFileSync(`${POOL}/nr_hugepages`, String(before + pages));
  t.equal(count("nr"), before + pages, "the host has as many");
}

t.test("a VM has its memory in huge pages, what is plugged later as well, and gives them back", async (t) => {
  reserve(t, 3 * VM_PAGES);
  const before = taken();
  const tskata = new TestTskata(t, CONFIG);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  t.equal(taken() - before, VM_PAGES);
  t.equal(await tskata.ok(["exec", id, "echo", "works"]), "works");
  // Its limit and 128 MiB, in modules of as much.
  await tskata.ok(["update", "--memory", "320m", id]);
  t.equal(taken() - before, 2 * VM_PAGES);
  await tskata.ok(["delete", "--force", id]);
  t.equal(taken(), before);
});

t.test("a VM that there aren't enough huge pages for is refused with their numbers, and isn't cloned", async (t) => {
  const tskata = new TestTskata(t, CONFIG);
  const { status, stderr } = await tskata.run(["run", "--bundle", tskata.bundle(), tskata.newId()]);
  t.equal(status, 1);
  t.match(stderr, /256 MiB of memory can't start: that takes 128 huge pages of 2 MiB, and \d+ of this machine's \d+/);
  t.strictSame(await tskata.leaks(), []);
  t.match(await tskata.run(["template", "create"]), {
    status: 1,
    stderr: /can't be cloned; set qemu\.huge_pages = fal/,
  });
});
