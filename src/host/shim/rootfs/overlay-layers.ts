const LAYERS = "lowerdir=";

/** The directories below an overlay, as its options have them; undefined where they have none. */
export function lowerLayers(options: readonly string[]): string[] | undefined {
  return options
    .find((option) => option.startsWith(LAYERS))
    ?.slice(LAYERS.length)
    .split(":");
}

/**
 * The options with other layers.
 *
 * @param name gives the new name of each
 */
export function withLayers(options: readonly string[], name: (layer: string) => string): string[] {
  const layers = lowerLayers(options) ?? [];
  return options.map((option) => (option.startsWith(LAYERS) ? `${LAYERS}${layers.map(name).join(":")}` : option));
}

/** The directory that all of these are below; absolute, and so are they. */
export function commonDirectory(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(0, -1));
  const end = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (end === -1 ? first : first.slice(0, end)).join("/") || "/";
}
