import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../src/common/error.js";
import type { Inputs } from "../src/common/artifacts/fingerprint.js";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";
import type { KernelSeries } from "./linux-source.js";

/** A header of ours that a source file of the kernel's is given. */
interface Header {
  /** Below `kernel-config/changes`. */
  readonly file: string;
  /** Folder of the kernel's tree in which it is put. */
  readonly folder: string;
  /** What it is called there; the same where absent. */
  readonly name?: string;
}

/** A line that is put behind one that stands just once in a file of the kernel's. */
interface Insertion {
  readonly file: string;
  readonly after: string;
  readonly line: string;
}

/** An insertion, and the only series that needs it; all do where that is absent. */
type SeriesInsertion = Insertion & { readonly series?: KernelSeries };

const HEADERS: readonly Header[] = [
  { file: "rewrite-pages.h", folder: "fs/fuse" },
  { file: "keep-cache.h", folder: "fs/fuse" },
  { file: "shared-memory.h", folder: "include/linux", name: "tskata-shared-memory.h" },
  { file: "shared-buffers.h", folder: "kernel/dma" },
  { file: "shared-rings.h", folder: "drivers/virtio" },
  { file: "lapic-timer-rate.h", folder: "arch/x86/kernel/apic" },
  { file: "created-owner.h", folder: "net/9p" },
];

/** Behind each request of 9p that creates something under a name. */
const OWN_NAMED: readonly Insertion[] = [
  ["mkdir_dotl(dfid, name, mode, gid, &qid)", "mode"],
  ["mknod_dotl(dfid, name, mode, rdev, gid, &qid)", "mode"],
  ["symlink(dfid, name, symname, gid, &qid)", "0"],
].map(([request = "", mode = ""]) => ({
  file: "fs/9p/vfs_inode_dotl.c",
  after: `\terr = p9_client_${request};`,
  line: `\tif (!err) err = tskata_own_named(dfid, name, ${mode}, gid);`,
}));

const INSERTIONS: readonly SeriesInsertion[] = [
  { file: "fs/fuse/virtio_fs.c", after: '#include "fuse_i.h"', line: '#include "rewrite-pages.h"' },
  { file: "fs/fuse/virtio_fs.c", after: "\tcopy_args_from_argbuf(args, req);", line: "\ttskata_rewrite_pages(args);" },
  {
    series: "6.1",
    file: "fs/fuse/fuse_i.h",
    after: "\tu64 orig_ino;",
    line: "\tstruct timespec64 tskata_ctime;",
  },
  {
    series: "6.1",
    file: "fs/fuse/inode.c",
    after: "\tfi->orig_ino = 0;",
    line: "\tfi->tskata_ctime = (struct timespec64){ 0 };",
  },
  { series: "6.1", file: "fs/fuse/file.c", after: '#include "fuse_i.h"', line: '#include "keep-cache.h"' },
  {
    series: "6.1",
    file: "fs/fuse/file.c",
    after: "\t\tfuse_finish_open(inode, file);",
    line: "\tif (!err) tskata_keep_cache(inode, file);",
  },
  { file: "kernel/dma/swiotlb.c", after: "#include <linux/types.h>", line: '#include "shared-buffers.h"' },
  {
    file: "kernel/dma/swiotlb.c",
    after: "\tsize_t bytes = PAGE_ALIGN(nslabs << IO_TLB_SHIFT);",
    line: "\tif (tskata_bounce_buffers(bytes)) return tskata_bounce_buffers(bytes);",
  },
  { file: "drivers/virtio/virtio_ring.c", after: "#include <xen/xen.h>", line: '#include "shared-rings.h"' },
  {
    file: "drivers/virtio/virtio_ring.c",
    after: "\t/* Otherwise, we are left to guess. */",
    line: "\tif (tskata_is_confined(vdev)) return true;",
  },
  {
    file: "arch/x86/kernel/apic/apic.c",
    after: 'early_param("nolapic_timer", parse_nolapic_timer);',
    line: '#include "lapic-timer-rate.h"',
  },
  {
    file: "net/9p/client.c",
    after: '#include "protocol.h"',
    line: "int tskata_own(struct p9_fid *fid, umode_t mode, kgid_t gid);",
  },
  { file: "net/9p/client.c", after: "\tofid->mode = flags;", line: "\terr = tskata_own(ofid, mode, gid);" },
  { file: "net/9p/client.c", after: "EXPORT_SYMBOL(p9_client_mkdir_dotl);", line: '#include "created-owner.h"' },
  {
    file: "fs/9p/vfs_inode_dotl.c",
    after: '#include "acl.h"',
    line: "int tskata_own_named(struct p9_fid *directory, const unsigned char *name, umode_t mode, kgid_t gid);",
  },
  ...OWN_NAMED,
  {
    file: "drivers/tty/hvc/hvc_console.c",
    after: "#define N_INBUF\t\t16",
    // For each such piece Xen's backend is called; its ring has so many.
    line: "#undef N_INBUF\n#define N_INBUF\t\t1024",
  },
  {
    file: "drivers/tty/hvc/hvc_xen.c",
    after: '#include "hvc_console.h"',
    // The backend is woken for each such piece, of 256 bytes before; its ring has so many.
    line: "#define hvc_alloc(number, data, operations, size) hvc_alloc(number, data, operations, 2048)",
  },
  {
    series: "6.12",
    file: "arch/x86/kernel/acpi/boot.c",
    after: "\t\treturn lapic_flags & ACPI_MADT_ONLINE_CAPABLE;",
    // QEMU's processors that may come look like broken ones: only known hypervisors are believed, and TCG is not one.
    line: "\tif (boot_cpu_has(X86_FEATURE_HYPERVISOR)) return true;",
  },
];

/** What the changes of a series depend on. */
export async function sourceChangeInputs(root: string, series: KernelSeries): Promise<Inputs> {
  const headers = await Promise.all(
    HEADERS.map(async ({ file }) => [file, await fileSha256(changeFile(root, file))] as const),
  );
  return { headers: Object.fromEntries(headers), insertions: JSON.stringify(insertionsFor(series)) };
}

/**
 * Makes our changes in an unpacked kernel source: see `changes`.
 *
 * @param root the checkout
 * @param tree the kernel's source, of this series
 * @throws TskataError `unsupported` where a place for a change isn't found, or not just once
 */
export async function changeSource(root: string, tree: string, series: KernelSeries): Promise<void> {
  for (const { file, folder, name = file } of HEADERS) {
    await copyFile(changeFile(root, file), join(tree, folder, name));
  }
  for (const { file, after, line } of insertionsFor(series)) {
    const path = join(tree, file);
    const lines = (await readFile(path, "utf8")).split("\n");
    const index = lines.indexOf(after);
    if (index === -1 || lines.includes(after, index + 1)) {
      throw new TskataError(
        "unsupported",
        `change the kernel's source: expected the line "${after.trim()}" once in ${file}, found it ` +
          `${index === -1 ? "nowhere" : "again"}; kernel-config/source-changes.ts has to follow this kernel`,
      );
    }
    await writeFile(path, lines.toSpliced(index + 1, 0, line).join("\n"));
  }
}

function insertionsFor(wanted: KernelSeries): Insertion[] {
  return INSERTIONS.filter(({ series = wanted }) => series === wanted).map(({ file, after, line }) => ({
    file,
    after,
    line,
  }));
}

function changeFile(root: string, file: string): string {
  return join(root, "kernel-config/changes", file);
}
