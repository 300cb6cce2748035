/** What came out of a run of the lab. */
export interface LabReport {
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of tskata. */
  readonly version: string;
  /** In the order in which they were asked for. */
  readonly hosts: readonly HostReport[];
}

/** What came out on one host. */
export interface HostReport {
  /** As it was asked for: `root@lab1:22`, `nested kvm`. */
  readonly name: string;
  /** Kernel, processor, Node, QEMU, Xen and the like: what it is, and what was found. */
  readonly facts: Readonly<Record<string, string>>;
  /** Why the host, or the rest of its rows, couldn't be tried. */
  readonly failure?: string;
  readonly rows: readonly RowReport[];
  readonly durationMs: number;
}

/** What came out with one hypervisor and one way to its guest. */
export interface RowReport {
  /** Such as `qemu/kvm + vsock`. */
  readonly name: string;
  /** Why this host can't run it; then there are no tests. */
  readonly absent?: string;
  readonly tests: readonly TestReport[];
  readonly measurements: readonly Measurement[];
  readonly durationMs: number;
}

/** One test of a row. */
export interface TestReport {
  /** Such as `contract` or `smoke`. */
  readonly group: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** Why it failed or was skipped. */
  readonly detail?: string;
}

/** What was measured in a row, each time that it was. */
export interface Measurement {
  /** Such as `boot to agent`. */
  readonly name: string;
  /** Such as `ms` or `MB/s`. */
  readonly unit: string;
  readonly values: readonly number[];
}
