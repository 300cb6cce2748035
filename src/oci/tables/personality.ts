/** Execution domains and their numbers in personality(2) (config-linux.md, "Personality"). */
export const PERSONALITY_DOMAINS = {
  LINUX: 0x0000,
  LINUX32: 0x0008,
} as const satisfies Record<string, number>;

/** `linux.personality.domain`. */
export type PersonalityDomain = keyof typeof PERSONALITY_DOMAINS;
