import t from "tap";
import { inheritMountFlags } from "../../../src/host/runtime/inherit-mount-flags.js";

const SOURCE = ["ro", "noexec", "nosymfollow", "nodiratime", "relatime"];

t.test("a bind mount that asks for no flag has all of its source", async (t) => {
  for (const userNamespace of [false, true]) {
    const options = inheritMountFlags(["bind", "rprivate"], SOURCE, userNamespace, "it");
    t.same(options, ["bind", "rprivate", "ro", "noexec", "nosymfollow", "nodiratime"]);
  }
});

t.test("one that asks for a flag has only the access times of its source, but for what is locked", async (t) => {
  t.same(inheritMountFlags(["bind", "dev"], SOURCE, false, "it"), ["bind", "dev", "nodiratime"]);
  t.same(inheritMountFlags(["bind", "dev"], SOURCE, true, "it"), ["bind", "dev", "ro", "noexec", "nodiratime"]);
});

t.test("a user namespace can't take back what is locked", async (t) => {
  t.same(inheritMountFlags(["bind", "rw"], ["ro", "relatime"], false, "it"), ["bind", "rw"]);
  t.throws(() => inheritMountFlags(["bind", "rw"], ["ro", "relatime"], true, "it"), {
    code: "permission",
    message: /^error mounting it: operation not permitted/,
  });
});

t.test("access times follow the source until another way is asked for", async (t) => {
  t.same(inheritMountFlags(["bind", "atime"], ["rw", "noatime"], false, "it"), ["bind", "atime", "noatime"]);
  t.same(inheritMountFlags(["bind", "strictatime"], ["rw", "noatime"], false, "it"), ["bind", "strictatime"]);
  t.same(inheritMountFlags(["bind", "nodiratime"], ["rw", "noatime"], false, "it"), ["bind", "nodiratime"]);
  t.same(inheritMountFlags(["bind", "noatime"], ["rw", "nodiratime"], false, "it"), ["bind", "noatime"]);
  t.same(inheritMountFlags(["bind"], ["rw"], false, "it"), ["bind", "strictatime"]);
});

t.test("a user namespace can't have access times kept in another way", async (t) => {
  const inherit = (asked: string, ...source: string[]): string[] =>
    inheritMountFlags(["bind", asked], ["rw", ...source], true, "it");
  t.throws(() => inherit("strictatime", "noatime"), { message: /its source is mounted noatime/ });
  t.throws(() => inherit("noatime", "relatime"), { message: /its source is mounted relatime/ });
  t.throws(() => inherit("nodiratime", "relatime"), { message: /its source is mounted relatime/ });
  t.throws(() => inherit("relatime"), { message: /its source is mounted strictatime/ });
  t.same(inherit("relatime", "relatime"), ["bind", "relatime"]);
  t.same(inherit("nodiratime", "nodiratime", "relatime"), ["bind", "nodiratime"]);
});
