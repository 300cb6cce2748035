import t from "tap";
import { ofOneMore } from "../../../bench/measurements/memory.js";

const MIB = 1024 * 1024;

t.test("one more container takes what each program's memory grows by, whatever all share", async (t) => {
  const growth = [1, 2, 3, 4].map((containers) => ({
    containers,
    startMs: 500,
    ...(containers > 1 && {
      memory: new Map([
        ["qemu", (30 + 40 * containers) * MIB],
        ["guest", 10 * containers * MIB],
      ]),
    }),
  }));
  t.strictSame(
    [...ofOneMore(growth)],
    [
      ["qemu", 40],
      ["guest", 10],
    ],
  );
});
