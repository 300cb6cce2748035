import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import t from "tap";
import { readIdentityFile } from "../../../src/lab/ssh/identity-file.js";
import { keyPair } from "../../../src/lab/ssh/key-pair.js";

t.test("readIdentityFile() tells the kinds of files apart", async (t) => {
  const pair = keyPair();
  const locked = keyPair({ passphrase: "secret" });
  const dir = t.testdir({
    id: pair.private,
    "id.pub": `${pair.public} comment\n`,
    locked: locked.private,
    text: "none",
  });
  t.match(await readIdentityFile(join(dir, "id")), { kind: "private", key: { type: "ssh-ed25519" } });
  t.same(await readIdentityFile(join(dir, "id.pub")), {
    kind: "public",
    key: { type: "ssh-ed25519", blob: pair.key.getPublicSSH() },
  });
  t.same(await readIdentityFile(join(dir, "locked")), {
    kind: "encrypted",
    key: { type: "ssh-ed25519", blob: locked.key.getPublicSSH() },
  });
  t.same(await readIdentityFile(join(dir, "absent")), { kind: "absent" });
  await t.rejects(readIdentityFile(join(dir, "text")), { code: "invalid-argument" });
});

t.test("readIdentityFile() knows encrypted keys of older formats, by the public key beside them", async (t) => {
  const pair = keyPair();
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  for (const type of ["pkcs1", "pkcs8"] as const) {
    const privateKeyEncoding = { type, format: "pem", cipher: "aes-128-cbc", passphrase: "secret" } as const;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
    const dir = t.testdir({ alone: privateKey, id: privateKey, "id.pub": pair.public });
    t.same(await readIdentityFile(join(dir, "alone")), { kind: "encrypted", key: undefined }, type);
    t.match(await readIdentityFile(join(dir, "id")), { kind: "encrypted", key: { type: "ssh-ed25519" } }, type);
  }
});

t.test("readIdentityFile() survives a key that breaks off anywhere", async (t) => {
  const bytes = Buffer.from(keyPair({ passphrase: "secret" }).private.split("\n").slice(1, -2).join(""), "base64");
  for (let length = 0; length < bytes.length; length += 1) {
    const base64 = bytes.subarray(0, length).toString("base64");
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const dir = t.testdir({ id: text });
    const kind = await readIdentityFile(join(dir, "id")).then(
      (identity) => identity.kind,
      (error: { code: string }) => error.code,
    );
    t.ok(["encrypted", "invalid-argument"].includes(kind), `${length} bytes: ${kind}`);
  }
});
