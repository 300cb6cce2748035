/** What a nested machine shows to its guests: processors with virtualisation, or a Xen of which it is dom0. */
export type NestedKind = "kvm" | "xen";

/** All of them, in the order in which they are tried. */
export const NESTED_KINDS: readonly NestedKind[] = ["kvm", "xen"];
