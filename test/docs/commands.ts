/** Where the commands of the documentation run, and those that no test runs. */
import { type Block, type Page, pages } from "./pages.ts";

/** The word after `sh`. */
export const PLACES = ["here", "lab", "host", "pulumi", "elsewhere"] as const;

export type Place = (typeof PLACES)[number];

/** Commands that no test can run: by page and heading, with the reason. A long list means that pages are untested. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "README.md > Try it: two commands": "the tests and the lab themselves: .ci/run runs them on a fresh clone",
  "docs/first-stack.md > A first stack in ten minutes": "needs a package registry: .ci/run does it",
  "docs/google-cloud.md > From an empty project to the first job": "needs Google Cloud",
  "docs/google-cloud.md > Baked images":
    "takes minutes, and ends in Google Cloud; test/e2e/gcp/bake.test.ts bakes",
  "docs/environments.md > Destroy a stack":
    "asks a person for the stack's name; test/e2e/stacks.test.ts answers",
  "docs/merge-requests.md > State, without an account at Pulumi": "needs a cloud's key",
  "docs/runbooks/upgrade.md > Do":
    "asks the tools' registries; test/pipeline/pins.test.ts stands in for them",
  "lab/README.md > Commands": "uses the lab of `npm start`, which tests do not touch",
  "bench/README.md > Benchmarks": "takes minutes, and checks nothing",
};

export interface Command {
  readonly page: Page;
  readonly block: Block;
  readonly place: Place;
}

/** A block's page and heading, as {@link ELSEWHERE} names it. */
export const titleOf = ({ page, block }: Pick<Command, "page" | "block">): string =>
  `${page.name} > ${block.heading}`;

const isPlace = (word: string | undefined): word is Place => PLACES.some((place) => place === word);

/** Blocks of shell commands that do not say, or wrongly, where they run. */
export const homeless = (): readonly Pick<Command, "page" | "block">[] =>
  shellBlocks().filter(({ block: { words } }) => words.length !== 2 || !isPlace(words[1]));

const shellBlocks = () =>
  pages.flatMap((page) =>
    page.blocks
      .filter(({ words }) => ["sh", "bash", "shell", "console"].includes(words[0] ?? ""))
      .map((block) => ({ page, block })),
  );

/** The commands for a place, in the order of the pages. */
export const commandsFor = (place: Place): readonly Command[] =>
  shellBlocks()
    .filter(({ block }) => block.words[1] === place)
    .map((command) => ({ ...command, place }));
