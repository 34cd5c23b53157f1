/** `npm run doctor -- --stack NAME`: checks a stack from the outside, and says how to correct each fault. */
import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";
import { openStack } from "../stack/open.ts";
import { examine, onlyOf } from "./examine.ts";
import { redactor } from "./redact.ts";
import { reportOf, textOf } from "./report.ts";
import { readStack } from "./stack.ts";

interface Options {
  readonly stack: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly project?: string;
  readonly only?: readonly string[];
}

let reported = false;

async function doctor(options: Options): Promise<void> {
  const environment = process.env;
  const only = options.only && onlyOf(options.only);
  const stack = await readStack({
    stack: options.stack,
    directory: process.cwd(),
    environment,
    open: openStack,
  });
  const safe = redactor(stack.secrets);
  const project = options.project ?? environment.CI_PROJECT_PATH;
  const checks = await examine(stack, {
    ...(project === undefined ? {} : { project }),
    ...(only === undefined ? {} : { only }),
    onFault: ({ id, subject }, error) => {
      if (options.verbose)
        console.error(
          safe(
            `${subject}, ${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          ),
        );
    },
  });
  const report = reportOf(stack.name, checks);
  const colour = process.stdout.isTTY === true && environment.NO_COLOR === undefined;
  console.log(
    options.json
      ? JSON.stringify(report, undefined, 2)
      : textOf(report, { colour, verbose: options.verbose }),
  );
  reported = true;
  process.exitCode = report.ok ? 0 : 1;
}

/** Exit code where the doctor could not run: 0 and 1 are about the stack. */
const USAGE = 2;

const program = new Command("doctor")
  .description("Checks a stack: its file, this computer, GitLab, projects and hosts. It changes nothing.")
  .requiredOption("--stack <name>", "the stack; its file is Pulumi.<name>.yaml")
  .option(
    "--only <what...>",
    "limit the checks: gitlab | host ADDRESS | project PATH | fleet NAME, as the stack file has them",
  )
  .option("--json", "print JSON, for programs: see doctor/report.ts", false)
  .option(
    "--project <path>",
    "path of this repository's own project in GitLab, to check what delivery.yaml needs there",
  )
  .addHelpText("after", "\nExit code 0: no check failed; 1: a check failed; 2: the doctor could not run.")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE))
  .action(() => doctor(program.opts<Options>()));

await runCommandLine(program);
if (!reported && process.exitCode === 1) process.exitCode = USAGE;
