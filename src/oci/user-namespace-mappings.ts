import type { Linux } from "./linux.js";
import type { IdMapping } from "./mount.js";

/** Both maps of a user namespace. */
export interface UserNamespaceMappings {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/** Every id but the last, which stands for none (user_namespaces(7)). */
const IDENTITY: readonly IdMapping[] = [{ containerID: 0, hostID: 0, size: 2 ** 32 - 1 }];

/**
 * The maps that the container's user namespace has: those of the document, and
 * in a new namespace for uids or gids without any each id mapped to itself. Of
 * a namespace that exists they are known only where the document tells.
 */
export function userNamespaceMappings(linux: Linux): UserNamespaceMappings {
  const otherwise = makesUserNamespace(linux) ? IDENTITY : [];
  const effective = (given: readonly IdMapping[] = []): readonly IdMapping[] => (given.length > 0 ? given : otherwise);
  return { uids: effective(linux.uidMappings), gids: effective(linux.gidMappings) };
}

/** Whether the container gets a new user namespace, and not one that exists. */
export function makesUserNamespace({ namespaces = [] }: Linux): boolean {
  return namespaces.some(({ type, path = "" }) => type === "user" && path === "");
}
