/** What `ip -json address show` has of a device. */
export interface ShownDevice {
  readonly ifname: string;
  /** What it is to the kernel: `ether` for all that carry Ethernet frames. */
  readonly link_type: string;
  readonly address?: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info?: readonly ShownAddress[];
}

/** What it has of an address. */
export interface ShownAddress {
  readonly family: string;
  readonly local?: string;
  /** The other end's, where there is one. */
  readonly address?: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: string;
  /** Given for a time, by a router or a server. */
  readonly dynamic?: boolean;
  readonly noprefixroute?: boolean;
}
