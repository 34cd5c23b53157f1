/**
 * `npm run pictures`: makes the pictures of the README anew, the page of `npm run render` by Debian's chromium and the output of
 * a run of `npm start`. It needs what they need: root, Debian packages, two minutes.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { runCommandLine, UsageError } from "../../command-line.ts";
import { terminalPicture } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PICTURES = join(ROOT, "docs/pictures");

const run = promisify(execFile);

/** The page of the example stack, as a wide window shows its top. */
async function takePage(): Promise<void> {
  const { chromium } = await import("playwright-core");
  const directory = mkdtempSync(join(tmpdir(), "pictures-"));
  try {
    const argv = ["render/cli.ts", "--stack", "dev", "--out", directory];
    await run(process.execPath, argv, { cwd: ROOT });
    // As root, in containers and in pipelines, Chromium has no sandbox; the page is our own.
    const browser = await chromium
      .launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
      .catch((cause: unknown) => {
        throw new UsageError("chromium did not start. Install it first: apt-get install chromium", { cause });
      });
    const tab = await browser.newPage({ viewport: { width: 1420, height: 1320 }, colorScheme: "light" });
    await tab.goto(pathToFileURL(join(directory, "diagrams/index.html")).href);
    await tab.screenshot({ path: join(PICTURES, "rendered.png") });
    await browser.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function recordStart(): Promise<string> {
  const { stdout } = await run(process.execPath, ["lab/cli.ts", "start", "--yes"], {
    ...{ cwd: ROOT, env: { ...process.env, FORCE_COLOR: "1" }, maxBuffer: 16 * 1024 * 1024 },
  });
  return stdout;
}

const program = new Command("pictures")
  .description("Generates the README's pictures: the rendered page, and a run of npm start.")
  .option("--recorded <file>", "output of a run of FORCE_COLOR=1 npm start, instead of a new run")
  .action(async ({ recorded }: { recorded?: string }) => {
    await takePage();
    const output = recorded === undefined ? await recordStart() : readFileSync(recorded, "utf8");
    // A log has a line for the start of each step, too; on a terminal the line of its end replaces it.
    const shown = output
      .split("\n")
      .filter((line) => !line.includes("❯"))
      .join("\n");
    writeFileSync(
      join(PICTURES, "npm-start.svg"),
      terminalPicture("A run of npm start", `$ npm start\n${shown}`, 110),
    );
  });

await runCommandLine(program);
