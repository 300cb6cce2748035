import t from "tap";
import { guestIdentity } from "../../../src/host/sandbox/guest-identity.js";
import { MIN_ENTROPY_BYTES } from "../../../src/protocol/entropy.js";

t.test("guestIdentity() gives every guest entropy of its own", async (t) => {
  const [first, second] = await Promise.all([guestIdentity("one"), guestIdentity("two")]);
  t.equal(first.hostname, "one");
  t.equal(first.entropy.length, MIN_ENTROPY_BYTES);
  t.equal(second.entropy.length, MIN_ENTROPY_BYTES);
  t.notSame(first.entropy, second.entropy);
  t.notSame(first.entropy, new Uint8Array(MIN_ENTROPY_BYTES));
});
