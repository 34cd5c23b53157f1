/** Writes this repository's own .gitlab-ci.yml. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../command-line.ts";
import { checkPipeline } from "../pipeline/check/index.ts";
import { renderPipeline } from "../pipeline/render.ts";
import { DELIVERY_FILE, type DeliveryConfig, readDelivery } from "./config.ts";
import { deliveryPipeline } from "./pipeline.ts";

export const PIPELINE_FILE = ".gitlab-ci.yml";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Text of .gitlab-ci.yml. Same configuration, same bytes.
 *
 * @throws {UsageError} where the pipeline would not be sound.
 */
export function pipelineText(config: DeliveryConfig): string {
  const pipeline = deliveryPipeline(config);
  const problems = checkPipeline(pipeline);
  if (problems.length > 0)
    throw new UsageError(
      `${DELIVERY_FILE} results in a pipeline that would fail:\n  - ${problems.join("\n  - ")}`,
    );
  return renderPipeline(pipeline);
}

/** What `render` is told. */
export interface RenderOptions {
  /** Write nothing. */
  readonly check: boolean;
  /** The repository's root; this one's unless set. */
  readonly directory?: string;
}

/**
 * Writes .gitlab-ci.yml as delivery.yaml wants it, or looks whether it is so.
 *
 * @throws {UsageError} where delivery.yaml is wrong, or, with `check`, the file is not current.
 *
 * @example
 * await render({ check: false });
 */
export async function render({ check, directory = ROOT }: RenderOptions): Promise<void> {
  const text = pipelineText(readDelivery(directory));
  const path = join(directory, PIPELINE_FILE);
  const current = existsSync(path) && readFileSync(path, "utf8") === text;
  if (check && !current)
    throw new UsageError(
      `${PIPELINE_FILE} does not match ${DELIVERY_FILE}. Run npm run render:self, and commit the file.`,
    );
  if (!check && !current) writeFileSync(path, text);
  console.log(current ? `${PIPELINE_FILE} is current.` : `Wrote ${PIPELINE_FILE}.`);
}
