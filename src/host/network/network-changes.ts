import type { NetworkView, ViewedAddress, ViewedInterface, ViewedNeighbour, ViewedRoute } from "./network-view.js";

/** What becomes of a network. */
export interface NetworkChanges {
  readonly removedInterfaces: readonly ViewedInterface[];
  readonly addedInterfaces: readonly ViewedInterface[];
  /** Of interfaces that stay. */
  readonly mtus: readonly ViewedInterface[];
  readonly removed: NetworkEntries;
  readonly added: NetworkEntries;
}

/** What belongs to interfaces. */
export interface NetworkEntries {
  readonly addresses: readonly ViewedAddress[];
  readonly routes: readonly ViewedRoute[];
  readonly neighbours: readonly ViewedNeighbour[];
}

/** What has changed from one look to the next. What belonged to an interface that is gone went with it. */
export function networkChanges(before: NetworkView, after: NetworkView): NetworkChanges {
  const removedInterfaces = missing(before.interfaces, after.interfaces, identity);
  const gone = new Set(removedInterfaces.map(({ name }) => name));
  const kept: NetworkEntries = {
    addresses: before.addresses.filter((entry) => !gone.has(entry.interface)),
    routes: before.routes.filter((entry) => !gone.has(entry.interface)),
    neighbours: before.neighbours.filter((entry) => !gone.has(entry.interface)),
  };
  const addedInterfaces = missing(after.interfaces, before.interfaces, identity);
  return {
    removedInterfaces,
    addedInterfaces,
    mtus: after.interfaces.filter((each) =>
      before.interfaces.some((other) => identity(other) === identity(each) && other.mtu !== each.mtu),
    ),
    removed: missingEntries(kept, after),
    added: missingEntries(after, kept),
  };
}

/** Whether there is nothing to do. */
export function isUnchanged({ removedInterfaces, addedInterfaces, mtus, removed, added }: NetworkChanges): boolean {
  const entries = [removed, added].flatMap(({ addresses, routes, neighbours }) => [addresses, routes, neighbours]);
  return [removedInterfaces, addedInterfaces, mtus, ...entries].every(({ length }) => length === 0);
}

function missingEntries(from: NetworkEntries, others: NetworkEntries): NetworkEntries {
  return {
    addresses: missing(from.addresses, others.addresses, JSON.stringify),
    routes: missing(from.routes, others.routes, JSON.stringify),
    neighbours: missing(from.neighbours, others.neighbours, JSON.stringify),
  };
}

/** A device of another name or address is another one. */
function identity({ name, macAddress }: ViewedInterface): string {
  return `${name} ${macAddress}`;
}

function missing<T>(from: readonly T[], others: readonly T[], keyOf: (each: T) => string): T[] {
  const keys = new Set(others.map(keyOf));
  return from.filter((each) => !keys.has(keyOf(each)));
}
