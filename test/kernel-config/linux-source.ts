import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { findLinuxSource } from "../../kernel-config/linux-source.js";

const MD5 = "01742999b525570335fffc0e0f7f340e";

async function places(t: { testdir(): string }, sources: readonly string[], sums: Record<string, string> = {}) {
  const top = t.testdir();
  const found = { sources: join(top, "src"), dpkgInfo: join(top, "info") };
  await mkdir(found.sources);
  await mkdir(found.dpkgInfo);
  for (const name of sources) await writeFile(join(found.sources, name), "source");
  for (const [name, text] of Object.entries(sums)) await writeFile(join(found.dpkgInfo, name), text);
  return found;
}

t.test("findLinuxSource() takes the digest that dpkg recorded", async (t) => {
  const at = await places(t, ["linux-source-6.1.tar.xz"], {
    "linux-source-6.1.md5sums": `1b5f75a93a8b6abe0f9b728531a8ccf5  usr/share/doc/x\n${MD5}  usr/src/linux-source-6.1.tar.xz\n`,
  });
  t.strictSame(await findLinuxSource(at), {
    series: "6.1",
    tarball: join(at.sources, "linux-source-6.1.tar.xz"),
    digest: `md5:${MD5}`,
  });
});

t.test("findLinuxSource() hashes a tarball that no package owns", async (t) => {
  const at = await places(t, ["linux-source-6.1.tar.xz"]);
  t.match((await findLinuxSource(at)).digest, /^sha256:[0-9a-f]{64}$/);
});

t.test("findLinuxSource() prefers the series that starts sooner", async (t) => {
  const at = await places(t, ["linux-source-6.1.tar.xz", "linux-source-6.12.tar.xz"]);
  t.equal((await findLinuxSource(at)).series, "6.1");
});

t.test("findLinuxSource() takes the only series there is", async (t) => {
  const at = await places(t, ["linux-source-6.12.tar.xz"]);
  t.equal((await findLinuxSource(at)).series, "6.12");
});

t.test("findLinuxSource() says what to install where there is none it knows", async (t) => {
  const at = await places(t, ["linux-source-5.10.tar.xz"]);
  await t.rejects(findLinuxSource(at), {
    code: "not-found",
    message: /install linux-source-6\.1 or linux-source-6\.12/,
  });
});
