import { userInfo } from "node:os";
import t from "tap";
import { formatTarget, parseTarget } from "../../../src/lab/ssh/target.js";

t.test("parseTarget() reads users, hosts and ports", async (t) => {
  const user = userInfo().username;
  t.same(parseTarget("root@lab1:2222"), { user: "root", host: "lab1", port: 2222 });
  t.same(parseTarget("root@lab1"), { user: "root", host: "lab1", port: 22 });
  t.same(parseTarget("Lab1.example.org"), { user, host: "lab1.example.org", port: 22 });
  t.same(parseTarget("192.0.2.1:22"), { user, host: "192.0.2.1", port: 22 });
  t.same(parseTarget("me@[2001:db8::1]:2200"), { user: "me", host: "2001:db8::1", port: 2200 });
  t.same(parseTarget("[::1]"), { user, host: "::1", port: 22 });
  t.same(parseTarget("me@corp@lab1"), { user: "me@corp", host: "lab1", port: 22 });
});

t.test("parseTarget() refuses all else, and says why", async (t) => {
  const refused: Record<string, RegExp> = {
    "": /has no name of a host: write \[USER@\]HOST/,
    "root@": /has no name/,
    "@lab1": /the user before the @/,
    "a b@lab1": /the user before the @/,
    "lab1:": /"" is no port/,
    "lab1:0": /"0" is no port/,
    "lab1:65536": /"65536" is no port/,
    "lab1:ssh": /"ssh" is no port/,
    "lab1:22:23": /"22:23" is no port/,
    "::1": /stands in brackets, \[::1\]/,
    "[::1": /can't be taken apart/,
    "[lab1]:22": /\[lab1\] is no address of IPv6/,
    "[::1]22": /can't be taken apart/,
    "-oProxyCommand=x": /has no name/,
    "lab 1": /has no name/,
    "ssh://root@lab1": /has a scheme/,
  };
  for (const [text, message] of Object.entries(refused))
    t.throws(() => parseTarget(text), { code: "invalid-argument", message }, text);
});

t.test("formatTarget() writes what parseTarget() reads", async (t) => {
  for (const text of ["root@lab1:22", "me@[::1]:2200"]) t.equal(formatTarget(parseTarget(text)), text);
});
