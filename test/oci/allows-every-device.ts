import t from "tap";
import { allowsEveryDevice } from "../../src/oci/allows-every-device.js";

const DENY_ALL = { allow: false, access: "rwm" } as const;
const NULL = { allow: true, type: "c", major: 1, minor: 3, access: "rwm" } as const;

t.test("allowsEveryDevice() is so for a privileged container's rules alone", async (t) => {
  t.equal(allowsEveryDevice([{ allow: true, access: "rwm" }]), true, "of Docker, containerd and Podman");
  t.equal(allowsEveryDevice([DENY_ALL, { allow: true, type: "a", major: -1, minor: -1, access: "rwm" }, NULL]), true);
  t.equal(allowsEveryDevice([DENY_ALL, { allow: true, type: "", major: -1n }]), true);

  t.equal(allowsEveryDevice(), false);
  t.equal(allowsEveryDevice([DENY_ALL, NULL]), false);
  t.equal(allowsEveryDevice([{ allow: true, access: "rwm" }, DENY_ALL, NULL]), false, "what is denied later counts");
  t.equal(allowsEveryDevice([{ allow: true, type: "b", access: "rwm" }]), false);
  t.equal(allowsEveryDevice([{ allow: true, major: 7, access: "rwm" }]), false);
  t.equal(allowsEveryDevice([{ allow: true, access: "rm" }]), false);
});
