/** `npm run docs`: writes the generated parts of the pages in docs/. A test holds them current. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runCommandLine } from "../../command-line.ts";
import { referenceTables, tableOfKeys } from "../../config/reference.ts";
import { DELIVERY_SCHEMA } from "../../delivery/config.ts";
import { jobReference, occasionTable, type SampleJobs, sampleJobs } from "./jobs.ts";
import { withPart } from "./page.ts";

export interface GeneratedPage {
  /** Below the repository. */
  readonly name: string;
  readonly file: string;
  /** As it stands there. */
  readonly present: string;
  /** As it should. */
  readonly current: string;
}

/** Every page that has generated parts. */
export function generatedPages(sample: SampleJobs): readonly GeneratedPage[] {
  return [
    page("docs/configuration.md", "tables of keys", referenceTables()),
    page("docs/merge-requests.md", "table of delivery.yaml", tableOfKeys(DELIVERY_SCHEMA)),
    page("docs/pipeline.md", "table of occasions", occasionTable(sample)),
    page("docs/jobs.md", "jobs", jobReference(sample)),
  ];
}

function page(name: string, part: string, content: string): GeneratedPage {
  const file = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const present = readFileSync(file, "utf8");
  return { name, file, present, current: withPart(present, name, part, content) };
}

async function write(): Promise<void> {
  for (const { name, file, present, current } of generatedPages(await sampleJobs())) {
    if (present === current) continue;
    writeFileSync(file, current);
    console.log(`wrote ${name}`);
  }
}

if (import.meta.main)
  await runCommandLine(
    new Command("docs").description("Writes the generated parts of the pages in docs/.").action(write),
  );
