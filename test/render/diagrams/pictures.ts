/** Diagrams that tests start from: of projects as people have them, and of one that wants to break out. */
import { deliveryPipeline } from "../../../delivery/pipeline.ts";
import type { AnyPipeline } from "../../../pipeline/model.ts";
import { pipelineFor } from "../../../pipeline/pipeline.ts";
import { schedulesOf } from "../../../pipeline/schedules.ts";
import { targetOf } from "../../../pipeline/target.ts";
import { drawPipeline } from "../../../render/diagrams/draw.ts";
import type { DrawnPipeline } from "../../../render/diagrams/drawn.ts";
import type { Diagram } from "../../../render/diagrams/model.ts";
import { parsed, seedWith } from "../../configs.ts";
import { threeEnvironments } from "../../delivery/environments.ts";
import { projects } from "../../pipeline/golden/projects.ts";

export interface Picture extends DrawnPipeline {
  readonly pipeline: AnyPipeline;
}

export function pictureOf(values: Record<string, unknown>): Picture {
  const [project] = parsed(values).projects;
  const [fleet] = parsed(values).fleets;
  if (!project || !fleet) throw new Error("the configuration has no project");
  const pipeline = pipelineFor(targetOf("dev", project, fleet));
  return { pipeline, ...drawPipeline(project.path, pipeline, schedulesOf(project), "p1") };
}

/** Of a project in test/pipeline/golden. */
export const goldenPicture = (name: string): Picture => pictureOf(seedWith(projects[name] ?? {}));

export function deliveryPicture(): Picture {
  const pipeline = deliveryPipeline(threeEnvironments);
  const schedules = [{ name: "drift", variables: { OPERATION: "drift" } }];
  return { pipeline, ...drawPipeline("this repository", pipeline, schedules, "delivery") };
}

/** Means something to mermaid, to HTML, to a style sheet or to Markdown. */
export const HOSTILE: readonly string[] = [
  `"quoted" and 'quoted'`,
  "brackets ](){}>[[((",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "end",
  "stylelint:#35; classDef x fill:#f00;",
  "%%{init: {'theme': 'dark'}}%%",
  "--> A:::b & C | D",
  "`**bold**` _line_",
  "&amp; &#60; #quot; #lt;",
  "1. first",
  "- point",
  "click n0 href 'javascript:alert(1)'",
  "ünïcödé 画像 🐳",
];

/** Every hostile text in every place that holds one. */
export const hostileDiagram: Diagram = {
  title: HOSTILE.join(" "),
  description: HOSTILE.join(" "),
  groups: HOSTILE.map((text, index) => ({ id: `group ${text}${index}`, title: text })),
  nodes: HOSTILE.map((text, index) => ({
    id: `node ${text}`,
    title: text,
    lines: [text, text],
    kind: "other",
    marks: [{ kind: "maybe", text }],
    group: `group ${text}${index}`,
    href: `#${text}`,
  })),
  edges: HOSTILE.slice(1).map((text, index) => ({
    from: `node ${HOSTILE[index]}`,
    to: `node ${text}`,
    kind: index % 2 === 0 ? "need" : "optional",
  })),
};
