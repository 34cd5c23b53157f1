/** `node delivery/cli.ts COMMAND`: what the jobs of this repository's own pipeline do. Their settings are GitLab's variables. */
import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";

const program = new Command("delivery").description(
  "Previews and updates this repository's stacks, and checks them for drift.",
);

program
  .command("preview")
  .description("shows what an update of a stack would do, and how its generated files would change")
  .requiredOption("--stack <name>", "stack to preview")
  .requiredOption("--out <directory>", "directory for the findings, which the note and the update read")
  .action(async (options) => (await import("./preview.ts")).preview(options));

program
  .command("note")
  .description("writes the merge request's note from all its previews")
  .requiredOption("--in <directory>", "directory with the previews' findings")
  .action(async (options) => (await import("./note.ts")).note(options));

program
  .command("up")
  .description("updates a stack if its changes are the reviewed ones")
  .requiredOption("--stack <name>", "stack to update")
  .action(async (options) => (await import("./up.ts")).up(options));

program
  .command("drift")
  .description("compares a stack with its real resources, and keeps an issue about drift")
  .requiredOption("--stack <name>", "stack to compare")
  .action(async (options) => (await import("./drift.ts")).drift(options));

program
  .command("render")
  .description("writes this repository's own .gitlab-ci.yml, from delivery.yaml")
  .option("--check", "write nothing, and fail if the file is not current", false)
  .action(async (options) => (await import("./render.ts")).render(options));

await runCommandLine(program);
