import t from "tap";
import { localCid, useNativePart } from "../src/index.js";

t.test("a missing native part is told with what to do", async (t) => {
  useNativePart("/no/such/vsock.node");
  t.throws(() => localCid(), {
    code: "ERR_VSOCK_NO_NATIVE_PART",
    message: /^vsock-ts has no native part: \/no\/such\/vsock\.node can't be loaded; "npm rebuild vsock-ts" builds it/,
  });
});
