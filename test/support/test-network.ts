import { type ChildProcess, type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { Test } from "tap";

/** What `ip -json address show` has of a device, as far as tests look at it. */
export interface ShownDevice {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
}

/** A network namespace of a test's own, which lasts as long as the test. */
export class TestNetwork {
  /** Leads to it. */
  readonly path: string;
  readonly #holder: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.#exited = once(holder, "exit");
    this.path = `/proc/${holder.pid}/ns/net`;
  }

  /** Makes one, with nothing in it but `lo`. */
  static async make(t: Test): Promise<TestNetwork> {
    const holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec cat"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const network = new TestNetwork(holder);
    t.teardown(() => network.end());
    await once(holder.stdout, "data");
    return network;
  }

  /** Process id of somebody in it. */
  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  /** Lets it go, unless somebody else is in it or holds it. */
  async end(): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#exited;
  }

  /** Runs a command in it and gives what that puts out. */
  run(...command: readonly string[]): string {
    return execFileSync("nsenter", [`--net=${this.path}`, "--", ...command], { encoding: "utf8" });
  }

  /** Starts a command in it, with pipes. */
  spawn(...command: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn("nsenter", [`--net=${this.path}`, "--", ...command]);
  }

  /** Its devices by name, `lo` left out. */
  devices(): Record<string, ShownDevice> {
    const all = JSON.parse(this.run("ip", "-json", "address", "show")) as ShownDevice[];
    return Object.fromEntries(all.filter(({ ifname }) => ifname !== "lo").map((device) => [device.ifname, device]));
  }

  /** Makes a pair of devices, the second one in another namespace. */
  connect(name: string, other: TestNetwork, otherName: string): void {
    this.run("ip", "link", "add", name, "type", "veth", "peer", "name", otherName, "netns", other.path);
  }
}
