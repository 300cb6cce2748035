import t from "tap";
import { cgroupPath, slicePath } from "../../../src/host/cgroup/cgroup-path.js";

t.test("a path of directories is taken as it is, colons and all", async (t) => {
  t.strictSame(cgroupPath("/docker/c1", false), { path: "/docker/c1" });
  t.strictSame(cgroupPath("a.slice:tskata:c1", false), { path: "a.slice:tskata:c1" });
  t.equal(cgroupPath("", false), undefined);
  t.equal(cgroupPath("", true), undefined);
});

t.test("a scope of systemd lies in its slice, and that in those that its name lists", async (t) => {
  t.strictSame(cgroupPath("user-1000.slice:libpod:c1", true), {
    path: "/user.slice/user-1000.slice/libpod-c1.scope",
    scope: { unit: "libpod-c1.scope", slice: "user-1000.slice" },
  });
  t.match(cgroupPath(":docker:c1", true), { path: "/system.slice/docker-c1.scope" });
  t.match(cgroupPath("-.slice::c1", true), { path: "/c1.scope" });
  t.equal(
    slicePath("kubepods-besteffort-pod12.slice"),
    ["/kubepods.slice", "/kubepods-besteffort.slice", "/kubepods-besteffort-pod12.slice"].join(""),
  );
});

t.test("what is no name of systemd's is refused", async (t) => {
  for (const path of ["/docker/c1", "a.slice:c1", "a.slice:b:c:d", "a.slice:b:", "a.slice:b:c/d"]) {
    t.throws(() => cgroupPath(path, true), {
      code: "invalid-argument",
      message: `linux.cgroupsPath: found "${path}", expected slice:prefix:name, as --systemd-cgroup needs it`,
    });
  }
  for (const slice of ["a", "a--b.slice", "-a.slice", "a-.slice", ".slice", "a/b.slice"]) {
    t.throws(() => cgroupPath(`${slice}:p:c1`, true), { code: "invalid-argument", message: /not the name of a slice/ });
  }
});
