import t from "tap";
import { parseSmaps } from "../../../bench/memory/smaps.js";

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
7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0                          [stack]
Pss:                  16 kB
`;

t.test("memfds are told apart, with their identity and the name of their mapping", async (t) => {
  t.strictSame(parseSmaps(SMAPS), {
    pssBytes: 120 * 1024,
    memfds: [{ identity: "00:01 44102", range: "7f0000000000-7f0020000000" }],
  });
});

t.test("a low address is named as map_files has it", async (t) => {
  const { memfds } = parseSmaps("00a00000-00b00000 rw-s 00000000 00:01 7 /memfd:x (deleted)\nPss: 8 kB");
  t.strictSame(memfds, [{ identity: "00:01 7", range: "a00000-b00000" }]);
});

t.test("a process that has ended has nothing mapped", async (t) => {
  t.strictSame(parseSmaps(""), { pssBytes: 0, memfds: [] });
});
