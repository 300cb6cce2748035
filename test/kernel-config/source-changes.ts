import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { changeSource, sourceChangeInputs } from "../../kernel-config/source-changes.js";

const INCLUDE = '#include "fuse_i.h"';
const CALL = "\tcopy_args_from_argbuf(args, req);";
const TIMER_PARAMETER = 'early_param("nolapic_timer", parse_nolapic_timer);';

const VIRTIO_FS = "fs/fuse/virtio_fs.c";
const APIC = "arch/x86/kernel/apic/apic.c";
const MADT = "arch/x86/kernel/acpi/boot.c";
const FUSE_INODE = ["\tu64 orig_ino;", "\tstruct timespec64 tskata_ctime;"];
const NEW_INODE = ["\tfi->orig_ino = 0;", "\tfi->tskata_ctime = (struct timespec64){ 0 };"];
const OPEN = "\t\tfuse_finish_open(inode, file);";
const USABLE = "\t\treturn lapic_flags & ACPI_MADT_ONLINE_CAPABLE;";

const SWIOTLB = "kernel/dma/swiotlb.c";
const SWIOTLB_INCLUDE = "#include <linux/types.h>";
const SWIOTLB_SIZE = "\tsize_t bytes = PAGE_ALIGN(nslabs << IO_TLB_SHIFT);";
const VIRTIO_RING = "drivers/virtio/virtio_ring.c";
const RING_INCLUDE = "#include <xen/xen.h>";
const RING_GUESS = "\t/* Otherwise, we are left to guess. */";

const CONSOLE = "drivers/tty/hvc/hvc_console.c";
const CONSOLE_BUFFER = "#define N_INBUF\t\t16";
const XEN_CONSOLE = "drivers/tty/hvc/hvc_xen.c";
const XEN_CONSOLE_INCLUDE = '#include "hvc_console.h"';

const P9_CLIENT = "net/9p/client.c";
const P9_CLIENT_LINES = ['#include "protocol.h"', "\tofid->mode = flags;", "EXPORT_SYMBOL(p9_client_mkdir_dotl);"];
const V9FS_INODE = "fs/9p/vfs_inode_dotl.c";
const V9FS_REQUESTS = [
  "\terr = p9_client_mkdir_dotl(dfid, name, mode, gid, &qid);",
  "\terr = p9_client_symlink(dfid, name, symname, gid, &qid);",
  "\terr = p9_client_mknod_dotl(dfid, name, mode, rdev, gid, &qid);",
];

/** A tree in which the first of the files that are changed has these lines. */
function tree(t: Test, lines: readonly string[]): { tree: string; read: (file: string) => string[] } {
  const directory = t.testdir();
  for (const [file, content] of [
    [VIRTIO_FS, lines],
    [APIC, ["before", TIMER_PARAMETER, "after"]],
    [MADT, ["before", USABLE, "after"]],
    ["fs/fuse/fuse_i.h", FUSE_INODE.slice(0, 1)],
    ["fs/fuse/inode.c", NEW_INODE.slice(0, 1)],
    ["fs/fuse/file.c", [INCLUDE, OPEN]],
    [SWIOTLB, [SWIOTLB_INCLUDE, SWIOTLB_SIZE]],
    [VIRTIO_RING, [RING_INCLUDE, RING_GUESS]],
    [CONSOLE, [CONSOLE_BUFFER]],
    [XEN_CONSOLE, [XEN_CONSOLE_INCLUDE]],
    [P9_CLIENT, P9_CLIENT_LINES],
    [V9FS_INODE, ['#include "acl.h"', ...V9FS_REQUESTS]],
    ["include/linux/types.h", []],
  ] as const) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), content.join("\n"));
  }
  return { tree: directory, read: (file) => readFileSync(join(directory, file), "utf8").split("\n") };
}

t.test("changeSource() puts our header beside the file and our lines behind the kernel's", async (t) => {
  const source = tree(t, ["first", INCLUDE, "", CALL, "last"]);
  await changeSource(process.cwd(), source.tree, "6.1");
  t.same(source.read(VIRTIO_FS), [
    "first",
    INCLUDE,
    '#include "rewrite-pages.h"',
    "",
    CALL,
    "\ttskata_rewrite_pages(args);",
    "last",
  ]);
  t.match(readFileSync(join(source.tree, "fs/fuse/rewrite-pages.h"), "utf8"), /static void tskata_rewrite_pages/);
  t.same(source.read(APIC), ["before", TIMER_PARAMETER, '#include "lapic-timer-rate.h"', "after"]);
  const timer = readFileSync(join(source.tree, "arch/x86/kernel/apic/lapic-timer-rate.h"), "utf8");
  t.match(timer, /early_param\("tskata\.lapic_timer_hz", tskata_lapic_timer_hz\)/);
});

t.test("changeSource() has bounce buffers and rings of virtiofs keep to the memory that is shared", async (t) => {
  const source = tree(t, [INCLUDE, CALL]);
  await changeSource(process.cwd(), source.tree, "6.12");
  const place = "\tif (tskata_bounce_buffers(bytes)) return tskata_bounce_buffers(bytes);";
  t.same(source.read(SWIOTLB), [SWIOTLB_INCLUDE, '#include "shared-buffers.h"', SWIOTLB_SIZE, place]);
  const confined = "\tif (tskata_is_confined(vdev)) return true;";
  t.same(source.read(VIRTIO_RING), [RING_INCLUDE, '#include "shared-rings.h"', RING_GUESS, confined]);
  for (const header of ["include/linux/tskata-shared-memory.h", "kernel/dma/shared-buffers.h"]) {
    t.match(readFileSync(join(source.tree, header), "utf8"), /tskata_shared_bytes/);
  }
});

t.test("changeSource() has 6.1 ask whether a file that is opened has changed", async (t) => {
  const source = tree(t, [INCLUDE, CALL]);
  await changeSource(process.cwd(), source.tree, "6.1");
  t.same(source.read("fs/fuse/fuse_i.h"), FUSE_INODE);
  t.same(source.read("fs/fuse/inode.c"), NEW_INODE);
  const call = "\tif (!err) tskata_keep_cache(inode, file);";
  t.same(source.read("fs/fuse/file.c"), [INCLUDE, '#include "keep-cache.h"', OPEN, call]);
  t.match(readFileSync(join(source.tree, "fs/fuse/keep-cache.h"), "utf8"), /static void tskata_keep_cache/);
});

t.test("changeSource() has consoles read 1,024 bytes at once, and Xen's write 2,048", async (t) => {
  const source = tree(t, [INCLUDE, CALL]);
  await changeSource(process.cwd(), source.tree, "6.1");
  t.same(source.read(CONSOLE), [CONSOLE_BUFFER, "#undef N_INBUF", "#define N_INBUF\t\t1024"]);
  const more = "#define hvc_alloc(number, data, operations, size) hvc_alloc(number, data, operations, 2048)";
  t.same(source.read(XEN_CONSOLE), [XEN_CONSOLE_INCLUDE, more]);
});

t.test("changeSource() has whatever is created on 9p given its owner", async (t) => {
  const source = tree(t, [INCLUDE, CALL]);
  await changeSource(process.cwd(), source.tree, "6.12");
  const lines = source.read(P9_CLIENT);
  t.equal(lines[lines.indexOf("\tofid->mode = flags;") + 1], "\terr = tskata_own(ofid, mode, gid);");
  const requests = source.read(V9FS_INODE);
  for (const [request, mode] of [
    [V9FS_REQUESTS[0], "mode"],
    [V9FS_REQUESTS[1], "0"],
    [V9FS_REQUESTS[2], "mode"],
  ] as const) {
    const next = requests[requests.indexOf(request ?? "") + 1];
    t.equal(next, `\tif (!err) err = tskata_own_named(dfid, name, ${mode}, gid);`);
  }
  t.match(readFileSync(join(source.tree, "net/9p/created-owner.h"), "utf8"), /early_param\("tskata\.created_owner"/);
});

t.test("changeSource() has 6.12 alone count processors that may come under any hypervisor", async (t) => {
  const line = "\tif (boot_cpu_has(X86_FEATURE_HYPERVISOR)) return true;";
  for (const [series, lines] of [
    ["6.1", ["before", USABLE, "after"]],
    ["6.12", ["before", USABLE, line, "after"]],
  ] as const) {
    const source = tree(t, [INCLUDE, CALL]);
    await changeSource(process.cwd(), source.tree, series);
    t.same(source.read(MADT), lines);
  }
});

t.test("changeSource() refuses a source that has the place nowhere, or twice", async (t) => {
  for (const [lines, found] of [
    [[INCLUDE], "nowhere"],
    [[INCLUDE, CALL, CALL], "again"],
  ] as const) {
    await t.rejects(changeSource(process.cwd(), tree(t, lines).tree, "6.1"), {
      code: "unsupported",
      message: new RegExp(`expected the line "copy_args_from_argbuf.*" once in fs/fuse/virtio_fs.c, found it ${found}`),
    });
  }
});

t.test("sourceChangeInputs() names what is inserted and the header's content", async (t) => {
  t.match(await sourceChangeInputs(process.cwd(), "6.1"), {
    headers: { "rewrite-pages.h": /^[0-9a-f]{64}$/, "lapic-timer-rate.h": /^[0-9a-f]{64}$/ },
    insertions: /tskata_rewrite_pages/,
  });
  t.match(await sourceChangeInputs(process.cwd(), "6.1"), { insertions: /^(?!.*HYPERVISOR)/ });
  t.match(await sourceChangeInputs(process.cwd(), "6.12"), { insertions: /HYPERVISOR/ });
});
