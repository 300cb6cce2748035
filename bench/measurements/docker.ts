import { unlessInstalled } from "../../test/engines/support/installed.js";
import { BenchDocker, DOCKER_RUNTIMES, type DockerRuntime } from "../engines/bench-docker.js";
import { atMost, type Limit, type Row, type Unit } from "../figure.js";
import { digits } from "../../src/common/report/digits.js";
import { median } from "../../src/common/report/median.js";
import type { Measured, Measurement, Rounds } from "./measurement.js";

const MIB = 1 << 20;
/** Bytes of a file in a volume, and of what goes through a port. */
const FILE_BYTES = 128 * MIB;
const TRAFFIC_BYTES = 64 * MIB;
const SMALL_FILES = 1000;
const ROUND_TRIPS = 500;
const IDLE = ["sleep", "1000"];
const SERVERS = ["sh", "-c", "nc -ll -p 80 -e md5sum & nc -ll -p 81 -e cat"];

/** Samples of each runtime. */
type DockerSamples = Record<DockerRuntime, number[]>;

/** What Docker takes with tskata and with runc: to run, to exec, through a volume, and through a published port. */
export const docker: Measurement = {
  name: "docker",
  async measure({ rounds, signal }) {
    const missing = unlessInstalled("docker");
    if (missing !== false) return { rows: [], notes: [`docker: ${missing}`] };
    const bench = await BenchDocker.start();
    try {
      return await measureAll(bench, rounds, signal);
    } finally {
      await bench.close();
    }
  },
};

async function measureAll(bench: BenchDocker, rounds: Rounds, signal: AbortSignal): Promise<Measured> {
  const turns = (count: number, sample: (runtime: DockerRuntime) => Promise<number>): Promise<DockerSamples> =>
    inTurns(count, signal, sample);
  const none = ["--network", "none"];
  const rows = [
    row("docker run", "ms", await turns(rounds.many, (runtime) => bench.run(runtime, none, ["true"])), [500, 250]),
    row(
      "docker run, bridge",
      "ms",
      await turns(rounds.many, (runtime) => bench.run(runtime, [], ["true"])),
      [600, 350],
    ),
    ...(await inContainers(bench, [...none, "--volume", "/data"], IDLE, async (ids) => {
      const exec = (script: string) => (runtime: DockerRuntime) => bench.exec(ids[runtime], script);
      const nothing = await turns(rounds.many, exec("true"));
      const speed = async (script: string): Promise<DockerSamples> =>
        mapped(await turns(rounds.few, exec(script)), (ms) => FILE_BYTES / 1e6 / (ms / 1000));
      const write = await speed(`dd if=/dev/zero of=/data/file bs=1M count=${FILE_BYTES / MIB} conv=fsync 2>/dev/null`);
      const read = await speed("dd if=/data/file of=/dev/null bs=1M 2>/dev/null");
      const files = `mkdir /data/d && cd /data/d && for i in $(seq ${SMALL_FILES}); do echo $i > $i; done; rm -r /data/d`;
      return [
        row("docker exec", "ms", nothing, [120]),
        row("volume, written", "MB/s", write),
        row("volume, read", "MB/s", read),
        row("volume, 1,000 files", "ms", await turns(rounds.few, exec(files))),
      ];
    })),
    ...(await measurePorts(bench, turns, rounds)),
  ];
  return { rows, notes: [ratios(rows)] };
}

async function measurePorts(
  bench: BenchDocker,
  turns: (count: number, sample: (runtime: DockerRuntime) => Promise<number>) => Promise<DockerSamples>,
  rounds: Rounds,
): Promise<Row[]> {
  const ports = { tskata: 8080, runc: 8090 };
  const publish = (runtime: DockerRuntime): string[] => [
    ...["--publish", `${ports[runtime]}:80`, "--publish", `${ports[runtime] + 1}:81`],
  ];
  return inContainers(bench, publish, SERVERS, async () => {
    const traffic = await turns(rounds.few, (runtime) => bench.ask("sum", ports[runtime], TRAFFIC_BYTES));
    const echo = await turns(rounds.few, (runtime) => bench.ask("echo", ports[runtime] + 1, ROUND_TRIPS));
    return [
      row(
        "port, to it",
        "MB/s",
        mapped(traffic, (ms) => TRAFFIC_BYTES / 1e6 / (ms / 1000)),
      ),
      row(
        "port, round trip",
        "ms",
        mapped(echo, (ms) => ms / ROUND_TRIPS),
      ),
    ];
  });
}

/** Does something with a container of each runtime, which are removed then. */
async function inContainers(
  bench: BenchDocker,
  options: readonly string[] | ((runtime: DockerRuntime) => string[]),
  command: readonly string[],
  use: (ids: Record<DockerRuntime, string>) => Promise<Row[]>,
): Promise<Row[]> {
  const ids = { tskata: "", runc: "" };
  try {
    for (const runtime of DOCKER_RUNTIMES) {
      const given = typeof options === "function" ? options(runtime) : options;
      ids[runtime] = await bench.start(runtime, given, command);
    }
    return await use(ids);
  } finally {
    for (const id of Object.values(ids)) if (id !== "") await bench.remove(id);
  }
}

async function inTurns(
  count: number,
  signal: AbortSignal,
  sample: (runtime: DockerRuntime) => Promise<number>,
): Promise<DockerSamples> {
  const samples: DockerSamples = { tskata: [], runc: [] };
  for (let round = 0; round < count; round += 1) {
    for (const runtime of round % 2 === 0 ? DOCKER_RUNTIMES : DOCKER_RUNTIMES.toReversed()) {
      signal.throwIfAborted();
      samples[runtime].push(await sample(runtime));
    }
  }
  return samples;
}

function mapped({ tskata, runc }: DockerSamples, change: (value: number) => number): DockerSamples {
  return { tskata: tskata.map(change), runc: runc.map(change) };
}

/** @param more how many milliseconds more than runc are promised, and aimed at */
function row(name: string, unit: Unit, samples: DockerSamples, more?: readonly [number, number?]): Row {
  const runcs = median(samples.runc);
  const [most, goal] = more ?? [];
  const limit: Limit | undefined =
    most === undefined ? undefined : atMost(Math.round(runcs + most), goal && Math.round(runcs + goal));
  return { name, unit, samples, limits: limit === undefined ? {} : { tskata: limit } };
}

function ratios(rows: readonly Row[]): string {
  const lines = rows.map(({ name, samples: { tskata = [], runc = [] } }) => {
    return `  ${name}: ${digits(median(tskata) / median(runc))}`;
  });
  return ["with Docker, tskata's figure over runc's:", ...lines].join("\n");
}
