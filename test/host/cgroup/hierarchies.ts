import t from "tap";
import { parseHierarchies, readHierarchies } from "../../../src/host/cgroup/hierarchies.js";

const MOUNTINFO = `20 1 0:20 / /sys/fs/cgroup rw - tmpfs tmpfs rw
21 20 0:21 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
22 20 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
23 20 0:23 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
24 1 0:22 / /elsewhere/memory rw - cgroup cgroup rw,memory
`;
const MEMBERSHIP = `4:memory:/here
3:cpu,cpuacct:/
1:name=systemd:/init.scope
0::/there/below
`;

t.test("parseHierarchies() finds each hierarchy once, with the process's own place in it", async (t) => {
  t.same(parseHierarchies(MOUNTINFO, MEMBERSHIP), [
    { version: 1, mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], ownPath: "/" },
    { version: 1, mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"], ownPath: "/here" },
    { version: 2, mountPoint: "/sys/fs/cgroup/unified", controllers: [], ownPath: "/there/below" },
  ]);
});

t.test("readHierarchies() reads this machine's", async (t) => {
  for (const { mountPoint, ownPath } of readHierarchies()) t.match([mountPoint, ownPath], [/^\//, /^\//]);
});
