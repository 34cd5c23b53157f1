/** Pipelines as they are drawn: for the page, and for the pages that GitLab shows. */
import type { FleetConfig, ProjectConfig } from "../../config.ts";
import type { Html } from "./html.ts";
import type { Diagram } from "./model.ts";
import type { Occasion } from "./occasions.ts";
import type { JobFacts } from "./pipeline.ts";

/** A pipeline with all that is said of it. */
export interface DrawnPipeline {
  /** Begins the anchors of its jobs. */
  readonly anchor: string;
  readonly occasions: readonly Occasion[];
  readonly jobs: readonly JobFacts[];
  readonly diagram: Diagram;
}

/** With its picture. */
export interface PicturedPipeline extends DrawnPipeline {
  readonly svg: Html;
}

/** Of each project, in the order of the configuration. */
export interface PicturedProject extends PicturedPipeline {
  readonly project: ProjectConfig;
  readonly fleet: FleetConfig;
}
