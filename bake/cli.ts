/** `npm run bake -- --stack NAME [--fleet NAME] [--level LEVEL] [--config FILE] [--out FILE]` */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";
import { configFromStackFile } from "../config.ts";
import type { Mirrors } from "../lab/machine/apt.ts";
import { bake, manifestPath } from "./bake.ts";
import { BakeError } from "./error.ts";
import { imagesOf, type PlannedImage } from "./images.ts";
import { instructions, isPlainOut } from "./instructions.ts";

interface Options {
  readonly stack: string;
  readonly fleet?: string;
  readonly level?: string;
  readonly config?: string;
  readonly out?: string;
  readonly mirror?: string;
  readonly securityMirror?: string;
}

function readImages(options: Options): PlannedImage[] {
  const name = options.config ?? `Pulumi.${options.stack}.yaml`;
  const file = options.config ?? fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!existsSync(file)) throw new BakeError(`${name} does not exist; set the stack's file with --config`);
  return imagesOf(configFromStackFile(readFileSync(file, "utf8"), options.stack, name), options);
}

function outOf({ name }: PlannedImage, { out }: Options, images: readonly PlannedImage[]): string {
  if (out === undefined) return `${name}.tar.gz`;
  if (!isPlainOut(out))
    throw new BakeError(`--out ${out}: use a name that ends in .tar.gz, which Compute Engine needs.`);
  if (images.length > 1)
    throw new BakeError(
      `--out names one file, and there are ${images.length} images, one for each level: choose one with --level.`,
    );
  return out;
}

function mirrorOf({ mirror, securityMirror }: Options): Mirrors | undefined {
  if (mirror !== undefined)
    return { main: mirror, ...(securityMirror === undefined ? {} : { security: securityMirror }) };
  if (securityMirror !== undefined) throw new BakeError("Use --security-mirror together with --mirror.");
  return undefined;
}

async function run(options: Options): Promise<void> {
  const images = readImages(options);
  const mirror = mirrorOf(options);
  const planned = images.map((image) => ({ ...image, out: outOf(image, options, images) }));
  for (const { name, settings, out } of planned) {
    const began = performance.now();
    const progress = (step: string) =>
      console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${name}: ${step}`);
    const manifest = await bake({ settings, out, progress, ...(mirror === undefined ? {} : { mirror }) });
    progress("done");
    console.log(`\n${instructions(name, path.normalize(out), manifestPath(out), manifest)}\n`);
  }
}

const program = new Command("bake")
  .description("Makes disk images for a stack's fleets on Google Cloud, with the host inside. Needs root.")
  .requiredOption("--stack <name>", "stack of the image's fleet")
  .option("--fleet <name>", "the fleet, if the stack has several on Google Cloud")
  .option("--level <level>", "for an autoscaler: only this level's image")
  .option("--config <file>", "the stack's file; default Pulumi.<stack>.yaml")
  .option("--out <file>", "the image; default <stack>-<fleet>.tar.gz")
  .option(
    "--mirror <url>",
    "Debian mirror for the image and for its machines' updates, instead of this computer's own",
  )
  .option("--security-mirror <url>", "the mirror's security archive")
  .action(run);

await runCommandLine(program);
