/** What a string of a named `format` looks like, and how errors put it. */
export interface TextFormat {
  readonly pattern: RegExp;
  /** Follows "expected" in an error. */
  readonly expected: string;
}

/**
 * The `format` names of the project's JSON schemas. The generator builds the
 * patterns into the compiled validators.
 */
export const TEXT_FORMATS = {
  "oci-version": {
    pattern: /^(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[-+][0-9A-Za-z.+-]+)?$/,
    expected: 'a semantic version such as "1.3.0"',
  },
  "index-list": {
    pattern: /^[ \t\n]*(?:[0-9]+(?:-[0-9]+(?::[0-9]+\/[0-9]+)?)?[ \t\n]*(?:,[ \t\n]*|$))*$/,
    expected: 'a list of numbers and ranges such as "0-3,7"',
  },
  // Engines and runc's own tests also write "a", which means nothing here.
  "device-access": { pattern: /^[rwma]*$/, expected: 'some of the letters "r", "w" and "m"' },
  "page-size": { pattern: /^[1-9][0-9]*[KMG]B$/, expected: 'a size such as "64KB", "2MB" or "1GB"' },
  "memory-bandwidth-schema": { pattern: /^MB:[^\n]*$/, expected: 'one line that begins with "MB:"' },
  "non-empty": { pattern: /^[^\0]+$/, expected: "a text that isn't empty" },
  "kernel-parameter": { pattern: /^[!-~]+$/, expected: "one kernel parameter, without blanks" },
  "absolute-path": { pattern: /^\//, expected: "an absolute path" },
} as const satisfies Record<string, TextFormat>;

/** A name that the schemas may give as `format`. */
export type TextFormatName = keyof typeof TEXT_FORMATS;
