/** The path of a member of an object, such as `linux.sysctl["net.core.somaxconn"]`. */
export function memberPath(parent: string, name: string): string {
  if (!/^[A-Za-z_][\w-]{0,63}$/.test(name)) {
    return `${parent}[${JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}...` : name)}]`;
  }
  return parent === "" ? name : `${parent}.${name}`;
}

/**
 * Follows a JSON pointer (RFC 6901), as ajv's errors have it, through a
 * document.
 *
 * @returns the value there, and its path in the form `linux.devices[3].type`
 */
export function followPointer(document: unknown, pointer: string): { path: string; value: unknown } {
  let path = "";
  let value = document;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    path = Array.isArray(value) ? `${path}[${name}]` : memberPath(path, name);
    value = (value as Record<string, unknown>)[name];
  }
  return { path, value };
}
