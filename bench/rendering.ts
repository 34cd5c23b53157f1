/** How long it takes to render and check every file of a stack, against a stack with one project. */
import { timedProcess } from "./process.ts";
import { median, ratio, seconds, table } from "./table.ts";

const PROGRAM = new URL("render.ts", import.meta.url);
/** Projects, and images of each. */
const CASES: readonly (readonly [projects: number, images: number])[] = [
  [1, 10],
  [10, 10],
  [100, 10],
];

export function renderingBench(rounds = 5): string {
  const runs = CASES.map((): ReturnType<typeof timedProcess>[] => []);
  // In turns, so that a busy moment of the machine falls on all of them.
  for (let run = 0; run < rounds; run++)
    CASES.forEach((sizes, index) => {
      runs[index]?.push(timedProcess(PROGRAM, sizes.map(String)));
    });
  const time = (index: number) => median((runs[index] ?? []).map((run) => run.seconds));
  const memory = (index: number) => median((runs[index] ?? []).map((run) => run.megabytes));
  const rows = CASES.map(([projects, images], index) => [
    `${projects * images} images in ${projects} project${projects === 1 ? "" : "s"}`,
    seconds(time(index)),
    ratio(time(index), time(0)),
    `${memory(index).toFixed(0)} MB`,
  ]);
  return `${table([["stack", "median", "to one project", "peak memory"], ...rows])}\n\nAim: 1,000 images in 100 projects under 3 s and 300 MB.`;
}
