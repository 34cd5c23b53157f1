/** `npm run render -- --stack NAME [--config FILE] --out DIR [--no-diagrams]` */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runCommandLine, UsageError } from "../command-line.ts";
import { configFromStackFile } from "../config.ts";
import type { AnyPipeline } from "../pipeline/model.ts";
import { type Rendered, renderStack } from "./render.ts";
import { recordStack, renderResources } from "./resources.ts";

/** Lists what an earlier run wrote, so that this one removes that and nothing else. */
const MANIFEST = ".rendered";

function previousFiles(directory: string): string[] {
  const manifest = join(directory, MANIFEST);
  if (existsSync(manifest)) return readFileSync(manifest, "utf8").split("\n").filter(Boolean);
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new UsageError(
      `${directory} contains files that an earlier run did not write; use another directory with --out`,
    );
  return [];
}

function write(directory: string, previous: readonly string[], files: Rendered): void {
  for (const file of previous) rmSync(join(directory, file), { force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  writeFileSync(join(directory, MANIFEST), `${[...files.keys()].join("\n")}\n`);
}

interface Options {
  readonly stack: string;
  readonly config?: string;
  readonly out: string;
  readonly diagrams: boolean;
}

/** The pipeline that this repository has for its own stacks, if it has one. */
async function ownPipeline(): Promise<AnyPipeline | undefined> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  if (!existsSync(join(root, "delivery.yaml"))) return undefined;
  const { readDelivery } = await import("../delivery/config.ts");
  const { deliveryPipeline } = await import("../delivery/pipeline.ts");
  return deliveryPipeline(readDelivery(root));
}

async function render(options: Options): Promise<void> {
  const name = options.config ?? `Pulumi.${options.stack}.yaml`;
  const file = options.config ?? fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!existsSync(file)) throw new UsageError(`${name} does not exist; set the stack's file with --config`);
  const config = configFromStackFile(readFileSync(file, "utf8"), options.stack, name);
  const previous = previousFiles(options.out);
  const recorded = await recordStack(config);
  const files = new Map([...renderStack(config), ...(await renderResources(config, recorded))]);
  if (options.diagrams) {
    // The layout takes longer to load than all else takes to render.
    const { renderDiagrams } = await import("./diagrams/draw.ts");
    const drawn = await renderDiagrams(config, { recorded, files, delivery: await ownPipeline() });
    for (const [path, content] of drawn) files.set(path, content);
  }
  write(options.out, previous, files);
  console.log(`${files.size} files in ${options.out}`);
}

const program = new Command("render")
  .description("Writes all files and settings of a stack; secrets are placeholders.")
  .requiredOption("--stack <name>", "stack to render")
  .option("--config <file>", "the stack's file; default Pulumi.<stack>.yaml")
  .requiredOption("--out <directory>", "directory to write to")
  .option("--no-diagrams", "omit the diagrams and their page")
  .action(render);

await runCommandLine(program);
