import { TskataError } from "../../../common/error.js";

/** Owners of a root filesystem's files as a user namespace's, each a text for uid_map or gid_map (user_namespaces(7)). */
export interface MappedOwners {
  readonly uids: string;
  readonly gids: string;
}

const RANGE = /^(\d+):(\d+):(\d+)$/;

/**
 * Takes containerd's own words out of a mount's options: `uidmap=CONTAINER:HOST:SIZE`, and `gidmap=` likewise, with commas
 * between ranges.
 *
 * @returns the rest, and the mappings where both are there
 * @throws TskataError `invalid-argument` for another shape
 */
export function takeMappedOwners(options: readonly string[]): {
  readonly options: readonly string[];
  readonly owners?: MappedOwners;
} {
  const [uids, gids] = ["uidmap=", "gidmap="].map((word) => options.find((option) => option.startsWith(word)));
  const rest = options.filter((option) => option !== uids && option !== gids);
  if (uids === undefined || gids === undefined) return { options: rest };
  return { options: rest, owners: { uids: mapText(uids), gids: mapText(gids) } };
}

function mapText(option: string): string {
  const ranges = option.slice(option.indexOf("=") + 1).split(",");
  return ranges
    .map((range) => {
      const [, inside, outside, size] = RANGE.exec(range) ?? [];
      if (inside === undefined) {
        throw new TskataError(
          "invalid-argument",
          `mount the root filesystem: ${option}: ranges are CONTAINER:HOST:SIZE`,
        );
      }
      return `${inside} ${outside} ${size}\n`;
    })
    .join("");
}
