/** Our own programs that templates need; a VM that has nothing to do with templates needs none. */
export interface TemplatePrograms {
  /** Copies a template's memory. */
  readonly memoryCopier?: string;
  /** Lets QEMU map it privately. */
  readonly memoryPreload?: string;
  /** Lets a QEMU be forked. */
  readonly forkServer?: string;
  /** Asks it to. */
  readonly forkClient?: string;
}
