/** How the programs end: run as a person runs them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explained, UsageError } from "../command-line.ts";
import { nodeBinary } from "../lab/paths.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** A line of a stack trace. */
const TRACE = /\n\s+at .+:\d+/;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "command-line-"));
  writeFileSync(join(directory, "a-file"), "");
  writeFileSync(
    join(directory, "bad.yaml"),
    "config: {buildx-runners:fleets: [], buildx-runners:fleet: []}\n",
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (program: string, words: readonly string[]) =>
  execa(nodeBinary, [program, ...words], { cwd: root, reject: false });

/** A program of a few lines: `program` is a Command without an action yet. */
async function runText(action: string, words: readonly string[] = [], shell = "") {
  const file = join(directory, `${Math.random().toString(36).slice(2)}.ts`);
  const imports = `import { Command } from "${root}node_modules/commander/esm.mjs";
import { runCommandLine, UsageError } from "${root}command-line.ts";
const setTimeoutOf = (work: () => void) => new Promise((done) => setTimeout(() => { work(); done(undefined); }, 20));
void UsageError; void setTimeoutOf;
`;
  writeFileSync(
    file,
    `${imports}await runCommandLine(new Command("test").action(async () => { ${action} }));\n`,
  );
  const command = [nodeBinary, file, ...words].join(" ");
  return execa("bash", ["-o", "pipefail", "-c", `${command} ${shell}`], { reject: false });
}

describe("a user's mistake is told in a sentence", () => {
  interface Mistake {
    readonly program: string;
    readonly words: () => readonly string[];
    readonly sentence: RegExp;
    readonly exitCode?: number;
  }

  const render = (...words: string[]) => ["--out", directory, ...words];
  const mistakes: readonly Mistake[] = [
    {
      program: "render/cli.ts",
      words: () => render("--stack", "nope"),
      sentence: /^Pulumi\.nope\.yaml does not exist; set the stack's file with --config$/,
    },
    {
      program: "render/cli.ts",
      words: () => render("--stack", "dev"),
      sentence: /contains files that an earlier run did not write; use another directory with --out$/,
    },
    {
      program: "render/cli.ts",
      words: () => render("--stack", "bad", "--config", join(directory, "bad.yaml")),
      sentence: /bad\.yaml has 2 problems; nothing was changed:\n {2}- /,
    },
    {
      program: "bake/cli.ts",
      words: () => ["--stack", "dev"],
      sentence: /^Stack dev has no fleet on Google Cloud/,
    },
    {
      program: "lab/machine/cli.ts",
      words: () => ["--instance", "900", "ssh"],
      sentence: /^Machine 900: the number must be/,
    },
    {
      program: "bench/cli.ts",
      words: () => ["nope"],
      sentence: /^there is no benchmark nope; there are: evaluation, /,
    },
    {
      program: "pipeline/pins.ts",
      words: () => ["--file", join(directory, "none.json")],
      sentence: /^ENOENT: .*none\.json/,
    },
    {
      program: "pipeline/pins.ts",
      words: () => ["--file", "package.json"],
      sentence: /^package\.json has entries that cannot be read/,
      exitCode: 2,
    },
  ];

  it.concurrent.each(mistakes)("$program, $sentence", async ({ program, words, sentence, exitCode = 1 }) => {
    const result = await run(program, words());
    expect(result.stderr).toMatch(sentence);
    expect(result.stderr).not.toMatch(TRACE);
    expect(result.exitCode).toBe(exitCode);
  });

  it("and with --verbose where it was found", async () => {
    const [program, command] = await Promise.all([
      run("render/cli.ts", ["--verbose", "--stack", "nope", "--out", directory]),
      // Behind a command of a program's own.
      run("lab/machine/cli.ts", ["--instance", "900", "exec", "true", "--verbose"]),
    ]);
    expect(program.stderr).toMatch(TRACE);
    expect(command.stderr).toMatch(TRACE);
    expect([program.exitCode, command.exitCode]).toEqual([1, 1]);
  });

  it.concurrent.each(["lab/cli.ts", "config/json-schema.ts", "test/tools/shellcheck.ts", "bake/vm/prove.ts"])(
    "%s, at words that it does not know",
    async (program) => {
      const { stderr, exitCode } = await run(program, ["--no-such-option"]);
      expect(stderr).toMatch(/^error: unknown option '--no-such-option'/);
      expect(stderr).not.toMatch(TRACE);
      expect(exitCode).toBe(1);
    },
  );
});

describe("an unexpected error", () => {
  it("is called a fault of the program, and --verbose tells where", async () => {
    const [short, long] = await Promise.all([
      runText(`throw new TypeError("x is not a function");`),
      runText(`throw new TypeError("x is not a function");`, ["--verbose"]),
    ]);
    expect(short.stderr).toBe(
      "x is not a function\nThis is a bug in the program. Run the command again with --verbose, and report its output.",
    );
    expect(long.stderr).toMatch(TRACE);
    expect([short.exitCode, long.exitCode]).toEqual([1, 1]);
  });

  it("ends the program, too, where it happens behind the action's back", async () => {
    const { stderr, exitCode } = await runText(
      `setTimeout(() => { throw new UsageError("the disk is full; make room"); }, 1); await setTimeoutOf(() => console.log("not reached"));`,
    );
    expect(stderr).toBe("the disk is full; make room");
    expect(exitCode).toBe(1);
  });

  it("does not include a reader that has enough", async () => {
    const { stdout, stderr, exitCode } = await runText(
      `for (let line = 0; line < 1000; line += 1) { console.log("x".repeat(1000)); await setTimeoutOf(() => {}); }`,
      [],
      "| head -n 1",
    );
    expect(stdout).toHaveLength(1000);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  it("is told with all of its causes", () => {
    const error = new UsageError("the stack is locked", { cause: new Error("409 Conflict") });
    expect(explained(error, false)).toBe("the stack is locked");
    expect(explained(error, true)).toMatch(
      /^UsageError: the stack is locked\n[\s\S]*\ncaused by: Error: 409 Conflict\n/,
    );
  });
});

describe("every program", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  const programs = listed
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)))
    .map((path) => [path, readFileSync(join(root, path), "utf8")] as const)
    .filter(
      ([path, text]) => /\bnew Command\(/.test(text) && !/^(?:command-line|test\/(?!tools\/))/.test(path),
    );

  it("is found", () => {
    expect(programs.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        "render/cli.ts",
        "bake/cli.ts",
        "lab/cli.ts",
        "bench/cli.ts",
        "pipeline/pins.ts",
      ]),
    );
  });

  it.each(programs)("%s ends through runCommandLine", (_, text) => {
    expect(text).toMatch(/await runCommandLine\(/);
    expect(text).not.toMatch(/\.parse(?:Async)?\(\s*(?:process\.argv)?\s*\)/);
  });
});
