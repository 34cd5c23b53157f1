/** How long the program takes to evaluate, against a program with one empty component. */
import { type Figure, timedProcess } from "./process.ts";
import { median, ratio, seconds, table } from "./table.ts";

const PROGRAM = new URL("evaluate.ts", import.meta.url);
/** What is measured, and what its row is called. */
const CASES: readonly (readonly [name: string, title: string])[] = [
  ["floor", "one empty component"],
  ["1", "1 target project"],
  ["10", "10 target projects"],
  ["100", "100 target projects"],
  ["by-hand", "the resources of 100, by hand"],
  ["gcp", "1 gcp fleet, 1 target project"],
  ["gcp-imports", "what it imports of @pulumi/gcp, and one empty component"],
  ["gcpAutoscaler", "1 gcpAutoscaler fleet, 1 target project"],
  ["gcpAutoscaler-imports", "what it imports of @pulumi/gcp, and one empty component"],
  ["gcp-whole", "the whole of @pulumi/gcp, and one empty component"],
];

export function evaluationBench(runs = 7): string {
  const cases = CASES.map(([name]) => name);
  const figures = new Map<string, Figure[]>(cases.map((name) => [name, []]));
  // In turns, so that a busy moment of the machine falls on all of them.
  for (let run = 0; run < runs; run++)
    for (const name of cases) figures.get(name)?.push(timedProcess(PROGRAM, [name]));

  const of = (name: string, value: (figure: Figure) => number) =>
    median((figures.get(name) ?? []).map(value));
  const time = (name: string) => of(name, (figure) => figure.seconds);
  const cpu = (name: string) => of(name, (figure) => figure.cpuSeconds);
  const rows = CASES.map(([name, title]) => [
    title,
    seconds(time(name)),
    ratio(time(name), time("floor")),
    seconds(cpu(name)),
    ratio(cpu(name), cpu("floor")),
    `${of(name, (figure) => figure.megabytes).toFixed(0)} MB`,
  ]);
  const share = (name: string) =>
    `${Math.round((100 * (cpu(`${name}-imports`) - cpu("floor"))) / cpu(name))} % of ${name}`;
  return `${table([["program", "median", "to the floor", "processor", "to the floor", "peak memory"], ...rows])}

Of the processor's time, the import of @pulumi/gcp is ${share("gcp")} and ${share("gcpAutoscaler")}. Aim: 100 projects, and either fleet, within 2x of the floor.`;
}
