import t from "tap";
import { redirectNameServer } from "../../../src/agent/network/name-server-redirection.js";

/** struct bpf_insn of a program, readable: code, registers, offset and constant. */
function instructions(program: Uint8Array): string[] {
  const view = new DataView(program.buffer, program.byteOffset, program.length);
  return Array.from({ length: program.length / 8 }, (_unused, index) => {
    const at = index * 8;
    const hex = (value: number): string => value.toString(16);
    const registers = view.getUint8(at + 1);
    return `${hex(view.getUint8(at))} r${registers & 0xf} r${registers >> 4} ${view.getInt16(at + 2, true)} ${hex(view.getUint32(at + 4, true))}`;
  });
}

t.test("redirectNameServer() changes the port of that address and port, both ways, for each family", (t) => {
  const operations = redirectNameServer("/sys/fs/cgroup", 0x1234);
  t.match(operations, [
    { attachType: 10 },
    { attachType: 11 },
    { attachType: 14 },
    { attachType: 19 },
    { attachType: 20 },
  ]);
  t.ok(
    operations.every((operation) => operation.op === "attach-address-program" && operation.path === "/sys/fs/cgroup"),
  );
  const programs = operations.map((operation) => ("program" in operation ? instructions(operation.program) : []));
  t.strictSame(programs[0], [
    "61 r2 r1 4 0",
    "56 r2 r0 4 b00007f",
    "61 r2 r1 24 0",
    "56 r2 r0 2 3500",
    "b7 r2 r0 0 3412",
    "63 r1 r2 24 0",
    "b7 r0 r0 0 1",
    "95 r0 r0 0 0",
  ]);
  t.strictSame(programs[2], programs[0]);
  t.match(programs[3]?.join(), /56 r2 r0 2 3412,b7 r2 r0 0 3500/);
  t.strictSame(programs[1]?.slice(0, 8), [
    ...["61 r2 r1 8 0", "56 r2 r0 10 0", "61 r2 r1 12 0", "56 r2 r0 8 0"],
    ...["61 r2 r1 16 0", "56 r2 r0 6 ffff0000", "61 r2 r1 20 0", "56 r2 r0 4 b00007f"],
  ]);
  t.end();
});
