import { access } from "node:fs/promises";
import t from "tap";
import { libraryPaths, sharedLibraries } from "../../guest-image/shared-libraries.js";

const LISTING = [
  "\tlinux-vdso.so.1 (0x00007f58e5f3c000)",
  "\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f58e5f26000)",
  "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f58e5a1e000)",
  "\t/lib64/ld-linux-x86-64.so.2 (0x00007f58e5f3e000)",
].join("\n");

t.test("libraryPaths() reads ldd's listing and leaves out the vDSO and the loader", async (t) => {
  t.strictSame(libraryPaths("/usr/bin/node", LISTING), [
    "/lib/x86_64-linux-gnu/libdl.so.2",
    "/lib/x86_64-linux-gnu/libc.so.6",
  ]);
});

t.test("libraryPaths() names a library that the machine lacks", async (t) => {
  t.throws(() => libraryPaths("/sbin/ip", "\tlibbpf.so.1 => not found\n"), {
    code: "not-found",
    message: "/sbin/ip needs libbpf.so.1, which is not installed",
  });
});

t.test("sharedLibraries() finds real files, the loader among them, each once and in order", async (t) => {
  const files = await sharedLibraries([process.execPath, "/sbin/ip"]);
  const targets = files.map(({ target }) => target);
  t.strictSame(targets, [...new Set(targets)].sort());
  t.ok(targets.includes("/usr/lib64/ld-linux-x86-64.so.2"));
  t.ok(targets.includes("/usr/lib/x86_64-linux-gnu/libc.so.6"));
  await Promise.all(files.map(({ source }) => access(source)));
});
