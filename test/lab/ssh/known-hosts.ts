import { createHmac } from "node:crypto";
import { join } from "node:path";
import ssh2 from "ssh2";
import t, { type Test } from "tap";
import { checkHostKey, hostKeyAlgorithms } from "../../../src/lab/ssh/host-key.js";
import { type KnownHost, readKnownHost } from "../../../src/lab/ssh/known-hosts.js";
import { keyPair } from "../../../src/lab/ssh/key-pair.js";
import { parseTarget } from "../../../src/lab/ssh/target.js";

const [key, other, third] = [1, 2, 3].map(() => keyPair().public) as [string, string, string];
const rsa = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 }).public;

/** What files with these lines say of a host. */
function known(t: Test, host: string, ...files: string[][]): Promise<KnownHost> {
  const dir = t.testdir(Object.fromEntries(files.map((lines, index) => [`known${index}`, `${lines.join("\n")}\n`])));
  return readKnownHost(
    files.map((_, index) => join(dir, `known${index}`)),
    parseTarget(host),
  );
}

async function knows(t: Test, host: string, hosts: string): Promise<boolean> {
  return (await known(t, host, [`${hosts} ${key}`])).keys.length === 1;
}

function blob(text: string): Buffer {
  return Buffer.from(text.split(" ")[1] ?? "", "base64");
}

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdefghij");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

t.test("readKnownHost() finds names, lists of them, and ports", async (t) => {
  t.ok(await knows(t, "lab1", "lab1"));
  t.ok(await knows(t, "LAB1", "other,Lab1,192.0.2.1"));
  t.notOk(await knows(t, "lab1", "lab10,lab"));
  t.ok(await knows(t, "lab1:2222", "[lab1]:2222"));
  t.notOk(await knows(t, "lab1:2222", "lab1"), "a line without a port is for port 22");
  t.notOk(await knows(t, "lab1", "[lab1]:2222"));
  t.ok(await knows(t, "[::1]", "::1"));
  t.ok(await knows(t, "[::1]:2222", "[::1]:2222"));
});

t.test("readKnownHost() takes wildcards, and what takes them back", async (t) => {
  t.ok(await knows(t, "lab1.example.org", "*.example.org"));
  t.ok(await knows(t, "lab1", "lab?"));
  t.notOk(await knows(t, "lab", "lab?"));
  t.notOk(await knows(t, "lab1.example.org.evil", "*.example.org"));
  t.notOk(await knows(t, "lab1.example.org", "*.example.org,!lab1.example.org"));
  t.notOk(await knows(t, "lab1.example.org", "!lab1*,*"));
  t.ok(await knows(t, "lab2.example.org", "!lab1*,*"));
  t.notOk(await knows(t, "lab1", "!lab2"), "a negation alone has no host");
  t.notOk(await knows(t, "lab1xexample", "lab1.example"), "a dot is a dot");
  t.notOk(await knows(t, "a".repeat(200), `${"*a".repeat(40)}b`), "and doesn't take for ever");
});

t.test("readKnownHost() finds hashed names", async (t) => {
  t.ok(await knows(t, "lab1", hashed("lab1")));
  t.ok(await knows(t, "lab1:2222", hashed("[lab1]:2222")));
  t.notOk(await knows(t, "lab2", hashed("lab1")));
});

t.test("readKnownHost() reads several files, and passes over what is no line of a host", async (t) => {
  const mine = [
    "# lab1 comment",
    "",
    `  lab1\t${key} with a comment`,
    "lab1 ssh-ed25519",
    `lab1 ssh-rsa ${key.split(" ")[1]}`,
  ];
  const host = await known(t, "lab1", mine, [`lab1 ${rsa}`, "lab1 nonsense AAAA"]);
  t.same(
    host.keys.map(({ type, place }) => `${type} ${place.replace(/.*\//, "")}`),
    ["ssh-ed25519 known0:3", "ssh-rsa known1:1"],
  );
  t.same((await readKnownHost(["/nonexistent"], parseTarget("lab1"))).keys, []);
  await t.rejects(readKnownHost([t.testdirName], parseTarget("lab1")), { code: "permission" });
});

t.test("hostKeyAlgorithms() asks for the keys that are known alone", async (t) => {
  const lab1 = parseTarget("lab1");
  t.same(hostKeyAlgorithms(lab1, await known(t, "lab1", [`lab1 ${rsa}`])), ["rsa-sha2-512", "rsa-sha2-256"]);
  t.same(hostKeyAlgorithms(lab1, await known(t, "lab1", [`lab1 ${key}`])), ["ssh-ed25519"]);
  t.ok(hostKeyAlgorithms(lab1, await known(t, "lab1", [])).includes("ecdsa-sha2-nistp256"), "all for a stranger");
});

t.test("hostKeyAlgorithms() refuses what it can't have proved", async (t) => {
  const lab1 = parseTarget("lab1");
  const authority = await known(t, "lab1", [`@cert-authority * ${key}`]);
  const message = /known0:1 has only a certificate authority .* not supported: .* ssh-keyscan lab1 >>/;
  t.throws(() => hostKeyAlgorithms(lab1, authority), { code: "unsupported", message });
  t.ok(hostKeyAlgorithms(lab1, await known(t, "lab1", [`@cert-authority * ${key}`, `lab1 ${rsa}`])));
  const dss = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from("ssh-dss"), Buffer.alloc(40)]).toString("base64");
  const old = await known(t, "lab1", [`lab1 ssh-dss ${dss}`]);
  t.throws(() => hostKeyAlgorithms(lab1, old), {
    code: "unsupported",
    message: /ssh-dss in .*known0:1.* can't be used/,
  });
});

t.test("checkHostKey() takes any key that is known", async (t) => {
  const host = await known(t, "lab1", [`lab1 ${key}`, `lab1 ${other}`]);
  t.equal(checkHostKey(parseTarget("lab1"), host, blob(key)), undefined);
  t.equal(checkHostKey(parseTarget("lab1"), host, blob(other)), undefined);
});

t.test("checkHostKey() says how to add a host that isn't known", async (t) => {
  const host = await known(t, "lab1:2222", []);
  const error = checkHostKey(parseTarget("root@lab1:2222"), host, blob(key));
  t.match(error, { code: "not-found" });
  t.match(error?.message, /its host key is not known: it showed ssh-ed25519 SHA256:[A-Za-z0-9+/]{43},/);
  t.match(error?.message, /no key of \[lab1\]:2222 is in \S+known0: .*ssh-keyscan -p 2222 lab1 >> \S+known0$/);
});

t.test("checkHostKey() is loud where a host shows another key", async (t) => {
  const error = checkHostKey(parseTarget("lab1"), await known(t, "lab1", [`lab1 ${key}`]), blob(other));
  t.match(error, {
    code: "permission",
    message: /HOST KEY MISMATCH: .* known is ssh-ed25519 SHA256:\S+ \(\S+known0:1\)/,
  });
});

t.test("checkHostKey() refuses a revoked key, even one that is known", async (t) => {
  const host = await known(t, "lab1", [`lab1 ${key}`, `@revoked * ${key}`, `@revoked other ${third}`]);
  const error = checkHostKey(parseTarget("lab1"), host, blob(key));
  t.match(error, { code: "permission", message: /HOST KEY REVOKED: .*known0:2/ });
  t.match(checkHostKey(parseTarget("lab1"), host, blob(third)), { message: /MISMATCH/ });
  t.match(checkHostKey(parseTarget("lab1"), host, Buffer.from("no key")), {
    code: "permission",
    message: /no host key/,
  });
});
