import type { CaseResult, Outcome } from "../case-result.js";

/** What a report of Ginkgo 2 (`--ginkgo.json-report`, its `types.Report`) says of a case, so far as it is read. */
interface SpecReport {
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly State: string;
  /** Nanoseconds. */
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string };
}

/** A case that was run, or that left itself out. */
export interface SpecResult extends CaseResult {
  readonly seconds: number;
  /** Why it failed, or left itself out. */
  readonly message: string;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = { passed: "pass", skipped: "skip" };

/**
 * The cases in a report; a case's file is its outermost container. What a focus
 * left out has no reason, and isn't among them.
 *
 * @throws SyntaxError where the text is no JSON
 */
export function parseGinkgoReport(text: string): SpecResult[] {
  const suites = JSON.parse(text) as { readonly SpecReports: readonly SpecReport[] | null }[];
  return suites
    .flatMap(({ SpecReports }) => SpecReports ?? [])
    .filter(({ LeafNodeType }) => LeafNodeType === "It")
    .map((spec) => {
      const [file = "", ...inner] = spec.ContainerHierarchyTexts ?? [];
      return {
        file,
        name: [...inner, spec.LeafNodeText].join(" "),
        outcome: OUTCOMES[spec.State] ?? "fail",
        seconds: spec.RunTime / 1e9,
        message: spec.Failure?.Message ?? "",
      };
    })
    .filter(({ outcome, message }) => outcome !== "skip" || message !== "");
}
