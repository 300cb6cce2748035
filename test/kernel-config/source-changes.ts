import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { changeSource, sourceChangeInputs } from "../../kernel-config/source-changes.js";

const INCLUDE = '#include "fuse_i.h"';
const CALL = "\tcopy_args_from_argbuf(args, req);";

/** A tree in which the file that is changed has these lines. */
function tree(t: Test, lines: readonly string[]): { tree: string; read: () => string[] } {
  const directory = t.testdir();
  mkdirSync(join(directory, "fs/fuse"), { recursive: true });
  const file = join(directory, "fs/fuse/virtio_fs.c");
  writeFileSync(file, lines.join("\n"));
  return { tree: directory, read: () => readFileSync(file, "utf8").split("\n") };
}

t.test("changeSource() puts our header beside the file and our lines behind the kernel's", async (t) => {
  const source = tree(t, ["first", INCLUDE, "", CALL, "last"]);
  await changeSource(process.cwd(), source.tree);
  t.same(source.read(), [
    "first",
    INCLUDE,
    '#include "rewrite-pages.h"',
    "",
    CALL,
    "\ttskata_rewrite_pages(args);",
    "last",
  ]);
  t.match(readFileSync(join(source.tree, "fs/fuse/rewrite-pages.h"), "utf8"), /static void tskata_rewrite_pages/);
});

t.test("changeSource() refuses a source that has the place nowhere, or twice", async (t) => {
  for (const [lines, found] of [
    [[INCLUDE], "nowhere"],
    [[INCLUDE, CALL, CALL], "again"],
  ] as const) {
    await t.rejects(changeSource(process.cwd(), tree(t, lines).tree), {
      code: "unsupported",
      message: new RegExp(`expected the line "copy_args_from_argbuf.*" once in fs/fuse/virtio_fs.c, found it ${found}`),
    });
  }
});

t.test("sourceChangeInputs() names what is inserted and the header's content", async (t) => {
  t.match(await sourceChangeInputs(process.cwd()), {
    headers: { "rewrite-pages.h": /^[0-9a-f]{64}$/ },
    insertions: /tskata_rewrite_pages/,
  });
});
