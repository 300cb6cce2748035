import t from "tap";
import { valueBefore } from "../../../src/agent/cgroup/value-before.js";

t.test("valueBefore() finds what a file has, or its line of a device", async (t) => {
  const directory = t.testdir({
    "cpu.max": "max 100000\n",
    "cpuset.cpus": "\n",
    "io.max": "254:0 rbps=1 wbps=max riops=max wiops=max\n",
    "io.weight": "default 100\n254:0 50\n",
    "rdma.max": "",
  });
  const before = async (file: string, value: string): Promise<string | undefined> =>
    (await valueBefore(directory, { file, value }))?.value;
  t.equal(await before("cpu.max", "5 6"), "max 100000");
  t.equal(await before("cpuset.cpus", "1"), "");
  t.equal(await before("io.max", "254:0 wbps=7"), "254:0 rbps=1 wbps=max riops=max wiops=max");
  t.equal(await before("io.max", "254:16 wbps=7"), "254:16 rbps=max wbps=max riops=max wiops=max");
  t.equal(await before("io.weight", "200"), "default 100");
  t.equal(await before("io.weight", "254:0 200"), "254:0 50");
  t.equal(await before("io.weight", "254:16 200"), "254:16 default");
  t.equal(await before("rdma.max", "mlx5_1 hca_handle=2"), "mlx5_1 hca_handle=max hca_object=max");
});

t.test("valueBefore() knows nothing of a file that is only written", async (t) => {
  t.equal(await valueBefore(t.testdir({}), { file: "cgroup.kill", value: "1" }), undefined);
});
