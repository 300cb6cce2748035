import { buffer } from "node:stream/consumers";
import t from "tap";
import { haltDetector } from "../../../hypervisors/kvmtool/halt-detector.js";

t.test("haltDetector() finds the kernel's word wherever it is split, and passes all on", async (t) => {
  const text = Buffer.from("before\n[    1.0] reboot: System halted\nafter reboot: System halted");
  for (let at = 0; at <= text.length; at += 1) {
    let told = 0;
    const detector = haltDetector(() => (told += 1));
    detector.write(text.subarray(0, at));
    detector.end(text.subarray(at));
    t.ok((await buffer(detector)).equals(text));
    t.equal(told, 1, `split at ${at}`);
  }
  let told = 0;
  const other = haltDetector(() => (told += 1));
  other.end("reboot: System halte");
  await buffer(other);
  t.equal(told, 0);
});
