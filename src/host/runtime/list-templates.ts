import { templateBytes, TemplateStore, whyUseless } from "../template/template-store.js";
import { isOfThisPidNamespace } from "../template/template-key.js";
import type { Template } from "../template/template.js";
import type { RuntimeContext } from "./context.js";

/** A template, for people. */
export interface TemplateSummary {
  readonly key: string;
  /** RFC 3339. */
  readonly created: string;
  /** What it takes of the host's memory, its file system's included. */
  readonly memoryBytes: number;
  readonly directory: string;
  /** Why nothing is cloned from it any more; absent where something may be. */
  readonly stale?: string;
  /** It is a process of another pid namespace, of which nothing is known here; absent where it isn't. */
  readonly elsewhere?: true;
}

/** All templates that are there, the newest first. */
export async function listTemplates({ config }: RuntimeContext): Promise<TemplateSummary[]> {
  return Promise.all(new TemplateStore(config.paths.templateDir).list().map(templateSummary));
}

/** What is told of a template. */
export async function templateSummary(template: Template): Promise<TemplateSummary> {
  const { key, created, directory } = template;
  const stale = await whyUseless(template);
  return {
    key,
    created,
    memoryBytes: templateBytes(template),
    directory,
    ...(stale === undefined ? {} : { stale }),
    ...(isOfThisPidNamespace(template.inputs) ? {} : { elsewhere: true }),
  };
}
