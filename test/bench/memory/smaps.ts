import t from "tap";
import { parseSmaps } from "../../../bench/memory/smaps.js";

const KIB = 1024;
const SMAPS = `00400000-00500000 r-xp 00000000 fe:00 1234                               /usr/bin/a program
Size:               1024 kB
Rss:                 512 kB
Pss:                 100 kB
Pss_Dirty:            60 kB
VmFlags: rd ex mr mw me
7f0000000000-7f0020000000 rw-s 00000000 00:01 44102                      /memfd:tskata-guest (deleted)
Size:             524288 kB
Pss:               52548 kB
7f0020000000-7f0020001000 rw-p 00000000 00:00 0 
Pss:                   4 kB
`;

t.test("each mapping has its file and its proportional set size", async (t) => {
  t.strictSame(parseSmaps(SMAPS), [
    { range: "400000-500000", identity: "fe:00 1234", path: "/usr/bin/a program", pssBytes: 100 * KIB },
    {
      range: "7f0000000000-7f0020000000",
      identity: "00:01 44102",
      path: "/memfd:tskata-guest (deleted)",
      pssBytes: 52_548 * KIB,
    },
    { range: "7f0020000000-7f0020001000", identity: "00:00 0", path: "", pssBytes: 4 * KIB },
  ]);
});

t.test("a process that has ended has nothing mapped", async (t) => {
  t.strictSame(parseSmaps(""), []);
});
