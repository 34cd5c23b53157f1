/** `node delivery/cli.ts COMMAND`: what the jobs of this repository's own pipeline do. Their settings are GitLab's variables. */
import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";

const program = new Command("delivery").description(
  "Previews, updates and watches this repository's stacks.",
);

program
  .command("preview")
  .description("says what an update of a stack would do, and how the files that it generates change")
  .requiredOption("--stack <name>", "stack to preview")
  .requiredOption("--out <directory>", "where the findings go, for the note and for the update")
  .action(async (options) => (await import("./preview.ts")).preview(options));

program
  .command("note")
  .description("writes the merge request's one note, from all its previews")
  .requiredOption("--in <directory>", "where the previews left their findings")
  .action(async (options) => (await import("./note.ts")).note(options));

program
  .command("up")
  .description("updates a stack, if what would happen is what was reviewed")
  .requiredOption("--stack <name>", "stack to update")
  .action(async (options) => (await import("./up.ts")).up(options));

program
  .command("drift")
  .description("compares a stack with what is really there, and keeps one issue about it")
  .requiredOption("--stack <name>", "stack to compare")
  .action(async (options) => (await import("./drift.ts")).drift(options));

program
  .command("render")
  .description("writes this repository's own .gitlab-ci.yml, from delivery.yaml")
  .option("--check", "write nothing, and fail where the file is not current", false)
  .action(async (options) => (await import("./render.ts")).render(options));

await runCommandLine(program);
