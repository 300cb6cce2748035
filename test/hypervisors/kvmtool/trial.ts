import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { trialGuest, tryKvmtool } from "../../../hypervisors/kvmtool/trial.js";

const STUB = join(import.meta.dirname, "fixtures/stub-lkvm.mjs");

t.test("trialGuest() writes its mark to the serial port and resets the machine", async (t) => {
  const file = join(t.testdir({}), "guest");
  writeFileSync(file, trialGuest());
  const listing = execFileSync("objdump", ["-D", "-b", "binary", "-m", "i8086", file], { encoding: "utf8" });
  const instructions = [...listing.matchAll(/^\s+[0-9a-f]+:\t[0-9a-f ]+\t(.*?)\s*$/gm)].map(([, text]) => text);
  const written = [..."tskata"].flatMap((letter) => [
    `mov    $0x${letter.charCodeAt(0).toString(16)},%al`,
    "out    %al,(%dx)",
  ]);
  t.strictSame(instructions, [
    "mov    $0x3f8,%dx",
    ...written,
    "mov    $0xfe,%al",
    "out    %al,$0x64",
    "hlt",
    "jmp    0x19",
  ]);
});

t.test("tryKvmtool() believes none that ends otherwise", async (t) => {
  const input = { enclosure: undefined, user: undefined };
  t.strictSame(await tryKvmtool({ ...input, binary: STUB }), { works: true });
  t.match(await tryKvmtool({ ...input, binary: "/bin/true" }), { works: false, reason: /did not do what it was to/ });
  t.match(await tryKvmtool({ ...input, binary: "/bin/false" }), { works: false, reason: /failed/ });
  const reason = new Error("enough");
  await t.rejects(tryKvmtool({ ...input, binary: STUB }, AbortSignal.abort(reason)), reason);
});
