import type { KeyValue } from "./gen/ttrpc_pb.js";

/** Metadata of a call as the caller gives it; names are sent in lower case. */
export type MetadataInit = Readonly<Record<string, string | readonly string[]>>;

/** Metadata of a call as the handler sees it; names are in lower case. */
export type Metadata = ReadonlyMap<string, readonly string[]>;

/** The pairs that a request carries. */
export function encodeMetadata(metadata: MetadataInit): KeyValue[] {
  return Object.entries(metadata).flatMap(([name, values]) =>
    (typeof values === "string" ? [values] : values).map((value) => ({ key: name.toLowerCase(), value })),
  );
}

/** The pairs of a request, gathered by name. */
export function decodeMetadata(pairs: readonly KeyValue[]): Metadata {
  const metadata = new Map<string, string[]>();
  for (const { key, value } of pairs) {
    const name = key.toLowerCase();
    const values = metadata.get(name);
    if (values) values.push(value);
    else metadata.set(name, [value]);
  }
  return metadata;
}
