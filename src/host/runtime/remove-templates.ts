import { TskataError } from "../../common/error.js";
import { TemplateStore } from "../template/template-store.js";
import type { RuntimeContext } from "./context.js";

/** Which templates are meant. */
export type TemplateSelection =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "all" }
  /** Those that nothing is cloned from any more. */
  | { readonly kind: "stale" };

/**
 * Removes templates; VMs that were cloned from them go on.
 *
 * @returns the keys of those that are gone
 * @throws TskataError `not-found` for a key that no template has; others that were named before it are gone then
 */
export async function removeTemplates({ config }: RuntimeContext, selection: TemplateSelection): Promise<string[]> {
  const store = new TemplateStore(config.paths.templateDir);
  switch (selection.kind) {
    case "stale":
      return (await store.prune()).map(({ key }) => key);
    case "all":
      return store
        .list()
        .map(({ key }) => key)
        .filter((key) => store.remove(key));
    case "keys":
      for (const key of selection.keys) removeOne(store, key);
      return [...selection.keys];
  }
}

function removeOne(store: TemplateStore, key: string): void {
  const isKnown = store.list().some((template) => template.key === key);
  if (!isKnown || !store.remove(key)) {
    throw new TskataError("not-found", `template remove: no template ${key} in ${store.directory}`);
  }
}
