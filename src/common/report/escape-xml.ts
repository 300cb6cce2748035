const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** What XML 1.0 can't have (section 2.2), and what a reader can't see: controls but tab, line feed and carriage return. */
const REPLACED = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const KEPT: ReadonlySet<string> = new Set("\t\n\r");

/**
 * Text as XML and HTML have it, between tags and in quoted attributes. What
 * they can't have becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(REPLACED, (character) => (KEPT.has(character) ? character : "\ufffd"));
}
