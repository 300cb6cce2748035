import { join } from "node:path";
import t from "tap";
import { mappedUserIds } from "../../../src/host/resource/user-namespace.js";

t.test("mappedUserIds() tells a user namespace from the host's own", async (t) => {
  const directory = t.testdir({
    host: "         0          0 4294967295\n",
    user: "         0       1000          1\n         1     100000      65536\n",
    unmapped: "",
  });
  t.equal(mappedUserIds(join(directory, "host")), undefined);
  t.equal(mappedUserIds(join(directory, "none")), undefined);
  t.equal(mappedUserIds(join(directory, "unmapped")), undefined);
  t.strictSame(mappedUserIds(join(directory, "user")), [
    { inside: 0, outside: 1000, size: 1 },
    { inside: 1, outside: 100_000, size: 65_536 },
  ]);
  t.throws(() => mappedUserIds(directory), { code: "EISDIR" });
});
