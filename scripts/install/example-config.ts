/** The part of the configuration's JSON schema that is used here. */
export interface ConfigSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
}

const WIDTH = 100;

/**
 * A TOML file that has every key of the configuration, commented out, with
 * its default and what it does.
 *
 * @param schema the configuration's schema: sections of keys
 */
export function exampleConfig(schema: ConfigSchema): string {
  const lines = ["# Configuration of tskata. Every key is optional; what follows are the defaults."];
  for (const [section, { description, properties }] of Object.entries(schema.properties ?? {})) {
    lines.push("", ...comment(description), `[${section}]`);
    for (const [key, property] of Object.entries(properties ?? {})) {
      lines.push("", ...comment(property.description), `# ${key} = ${tomlValue(property.default)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A value as TOML writes it; `...` where there is no default. */
function tomlValue(value: unknown): string {
  return value === undefined ? "..." : JSON.stringify(value);
}

function comment(text = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
