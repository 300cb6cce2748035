import t from "tap";
import { CID_ANY, CID_HOST, formatVsockAddress, isGuestCid, parseVsockAddress } from "../src/index.js";

t.test("an address is read as it is written", async (t) => {
  for (const address of [
    { cid: 0, port: 0 },
    { cid: CID_HOST, port: 1024 },
    { cid: CID_ANY, port: 0xffffffff },
  ]) {
    t.same(parseVsockAddress(formatVsockAddress(address)), address);
  }
  t.same(parseVsockAddress("3:52"), { cid: 3, port: 52 });
});

t.test("what is no address is refused, with its form", async (t) => {
  for (const text of ["", "3", "vsock:3", "vsock:3:", "vsock:-1:2", "3:4294967296", "3:0x10", "unix:3:4", "3:4 "]) {
    t.throws(() => parseVsockAddress(text), { name: "RangeError" }, text);
  }
  t.throws(() => parseVsockAddress("here"), { message: 'no vsock address: "here"; it is written as vsock:CID:PORT' });
});

t.test("a guest may have no CID with a meaning of its own", async (t) => {
  t.same([0, 1, 2, 3, 0xfffffffe, CID_ANY, 1.5, -1, NaN].map(isGuestCid), [
    false,
    false,
    false,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
